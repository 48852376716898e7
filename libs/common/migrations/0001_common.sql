-- What every service's database holds beside its own tables: the outbox and its relay, the places of
-- its consumers in Kafka, and the dead letters.

-- migrate:up

-- True inside a unit of work: somebody acts, for a purpose. Policies of tables with personal data ask it.
create function ieum_context() returns boolean language sql stable as $$
  select coalesce(current_setting('ieum.actor', true), '') <> ''
     and coalesce(current_setting('ieum.purpose', true), '') <> ''
$$;

-- Events wait here from the transaction that made them until Kafka has them. The order of `id` is the
-- order of insertion, which for one key is the order of its facts: the aggregate's row is locked first.
create table outbox (
  id      bigint generated always as identity primary key,
  topic   text not null,
  key     text not null,
  time    timestamptz not null,
  headers json not null,
  value   bytea                    -- null: a tombstone
);

-- The relay's own place: the batch it has claimed (numbered epoch:next_n, epoch:next_n + 1, … in the
-- order of `claimed`) is sent again with the same numbers until it is known to have arrived.
create table relay (
  only_row boolean primary key default true check (only_row),
  origin   text not null default '',
  epoch    bigint not null default 1,
  next_n   bigint not null default 1,
  claimed  bigint[] not null default '{}'
);
insert into relay default values;

-- The fence: one row per group and partition, locked by whoever applies a batch of it.
create table consumer_offset (
  grp         text not null,
  topic       text not null,
  part        int not null,
  cluster     text not null,
  next_offset bigint not null default 0,
  seen        jsonb not null default '{}',   -- by source: the highest [epoch, n] applied
  parked      int not null default 0,        -- dead letters of this partition that park their key
  primary key (grp, topic, part)
);

create table dead_letter (
  id         bigint generated always as identity primary key,
  grp        text not null,
  topic      text not null,
  part       int not null,
  offs       bigint not null,
  key        bytea,
  headers    json,                 -- null, as value and key are, where keeping them is forbidden
  value      bytea,
  reason     text not null,
  parks_key  boolean not null,
  parked_at  timestamptz not null,
  attempts   int not null default 1,
  unique (grp, topic, part, offs)
);
create index dead_letter_key on dead_letter (grp, topic, part, key) where parks_key;
