-- Applications sent by the thousand: what became of each line, so that the same request is answered the same.

-- migrate:up

create table application_bulk (
  id         uuid primary key,
  agency     text not null,
  results    jsonb not null,             -- by line: id and receipt, or status, code and sentences; no values
  created_at timestamptz not null
);
alter table application_bulk enable row level security;
alter table application_bulk force row level security;
create policy application_bulk_context on application_bulk
  using (ieum_context()) with check (ieum_context());

-- When what is known of a person was changed: for their timeline; what it was is in the events alone.
create table person_change (
  person   uuid not null references person (id),
  sequence int not null,
  at       timestamptz not null,
  primary key (person, sequence)
);
alter table person_change enable row level security;
alter table person_change force row level security;
create policy person_change_context on person_change
  using (ieum_context()) with check (ieum_context());
