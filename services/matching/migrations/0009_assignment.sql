-- Who can look after people, whom they have, and who is proposed to whom. A worker is a staff account: no name.

-- migrate:up

create table worker (
  id        text primary key,               -- the account
  agency    text not null,
  roles     text[] not null,
  fields    jsonb not null,                 -- field of counselling → 1 able, 2 experienced, 3 specialist
  languages text[] not null,
  districts text[] not null,                -- none: anywhere
  capacity  int not null check (capacity between 0 and 1000),
  active    boolean not null
);
create index worker_agency on worker (agency);
alter table worker enable row level security;
alter table worker force row level security;
create policy worker_context on worker using (ieum_context()) with check (ieum_context());

-- Whom a person had, as far as it is known: by what was confirmed here, and by counselling sessions.
create table worker_before (
  person uuid not null,
  worker text not null,
  primary key (person, worker)
);
alter table worker_before enable row level security;
alter table worker_before force row level security;
create policy worker_before_context on worker_before using (ieum_context()) with check (ieum_context());

-- state: open → proposed → confirmed → ended; back to open where the worker left. What is needed (field and
-- language) and why it is this worker are ciphertext of record class `profile`; null for a case without a
-- person registered here, of which no more is known than its district.
create table assignment (
  id           uuid primary key,
  role         text not null check (role in ('counsellor', 'supervisor', 'mentor', 'case-worker')),
  agency       text not null,
  person       uuid,
  match        uuid,
  case_id      uuid,
  district     text,
  needs        jsonb,
  state        text not null check (state in ('open', 'proposed', 'confirmed', 'ended')),
  worker       text,
  proposed     text,                        -- who was proposed last
  why          jsonb,
  version      int not null default 0,      -- facts published about it
  requested_at timestamptz not null,
  decided_by   text,
  decided_name text,
  decided_at   timestamptz,
  reason       text,                        -- a code: of the change, or of the end
  check (state not in ('proposed', 'confirmed') or worker is not null),
  check (person is not null or case_id is not null)
);
create index assignment_waiting on assignment (agency, role) where state in ('open', 'proposed');
create index assignment_worker on assignment (worker) where state in ('proposed', 'confirmed');
create index assignment_person on assignment (person);
create unique index assignment_of_case on assignment (case_id, role) where state <> 'ended';
create unique index assignment_of_match on assignment (match, role) where state <> 'ended';
alter table assignment enable row level security;
alter table assignment force row level security;
create policy assignment_context on assignment using (ieum_context()) with check (ieum_context());

-- What each factor counts, where an agency does not keep to what holds without it.
create table assignment_weights (
  agency  text not null,
  role    text not null,
  weights jsonb not null,
  primary key (agency, role)
);
