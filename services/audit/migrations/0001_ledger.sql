-- The transparency log: leaves, the tiles of hashes over them, signed checkpoints, and beside the log,
-- behind row-level security, what opens its commitments.

-- migrate:up

-- One row, locked by whoever appends: leaves get their index in the order of the commits, without holes.
create table ledger_state (
  only_row boolean primary key default true check (only_row),
  size     bigint not null default 0 check (size >= 0),
  frontier bytea not null default ''        -- roots of the perfect subtrees, largest first, 32 bytes each
);
insert into ledger_state default values;

-- Public. The log never changes a leaf and never takes one away.
create table ledger_leaf (
  leaf_index bigint primary key,
  leaf       bytea not null,                -- the canonical bytes, as they are hashed and served
  topic      text not null,
  part       int not null,
  offs       bigint not null,
  repeats    boolean not null,              -- a resend of an event that the partition already has
  event_id   uuid,                          -- null where the record names none
  unique (topic, part, offs)
);
create index ledger_leaf_event on ledger_leaf (event_id);

-- Public. A tile only grows at its end, until it holds 256 hashes.
create table ledger_tile (
  level      smallint not null,
  tile_index bigint not null,
  hashes     bytea not null,
  primary key (level, tile_index)
);
alter table ledger_tile alter column hashes set storage external;  -- hashes do not compress

create table ledger_checkpoint (
  number    bigint primary key,             -- 1, 2, 3 …
  size      bigint not null unique,
  note      text not null,                  -- the signed note
  signed_at timestamptz not null
);

-- Not public: the random bytes and the record that a leaf commits to. Deleting a row erases the record from
-- the log, and every proof still holds.
create table ledger_opening (
  leaf_index bigint primary key,
  nonce      bytea,
  record     bytea,                         -- the framed record
  withheld   text,                          -- why there is no opening
  check ((nonce is null) = (withheld is not null) and (record is null) = (withheld is not null))
);

alter table ledger_opening enable row level security;
alter table ledger_opening force row level security;
create policy log_appends on ledger_opening for insert
  with check (ieum_context() and current_setting('ieum.actor_kind', true) = 'service');
create policy auditors_read on ledger_opening for select
  using (ieum_context() and current_setting('ieum.actor_kind', true) in ('staff', 'service')
    and current_setting('ieum.purpose', true) = 'audit');
create policy erasure_deletes on ledger_opening for delete
  using (ieum_context() and current_setting('ieum.actor_kind', true) = 'service');

-- The application's role appends; what is written stays written.
create function ledger_is_append_only() returns trigger language plpgsql as $$
begin
  raise exception '% is append-only', tg_table_name using errcode = 'insufficient_privilege';
end $$;
create trigger ledger_leaf_append_only before update or delete or truncate on ledger_leaf
  for each statement execute function ledger_is_append_only();
create trigger ledger_checkpoint_append_only before update or delete or truncate on ledger_checkpoint
  for each statement execute function ledger_is_append_only();
