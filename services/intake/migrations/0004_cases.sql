-- Cases, the reports that began them, plans, services, conferences and restricted notes.

-- migrate:up

-- Whose rows these are: the agency's own staff, the service's timers, and whoever answers a person's own
-- request (erasure), which asks for a person's cases wherever they are.
create function case_open_to(agency text) returns boolean language sql stable as $$
  select ieum_context() and (
    current_setting('ieum.actor_kind', true) = 'service'
    or current_setting('ieum.purpose', true) = 'own-data'
    or (current_setting('ieum.actor_kind', true) = 'staff'
      and agency = nullif(current_setting('ieum.agency', true), '')))
$$;

create table case_file (
  id               uuid primary key,
  agency           text not null,
  district         text not null,
  source           text not null,
  channel          text not null check (channel in ('web', 'phone', 'counter', 'school')),
  urgent           boolean not null,
  state            text not null
    check (state in ('reported', 'consulting', 'serving', 'monitoring', 'follow-up', 'closed')),
  step             text not null,
  owner            text not null check (owner <> ''),
  due_at           timestamptz,
  overdue_at       timestamptz,        -- told once a step
  version          int not null default 1,
  sequence         int not null default 1,
  opened_at        timestamptz not null,
  closed_at        timestamptz,
  case_until       date,               -- Korean time; what is sealed goes on these days, unasked
  restricted_until date,
  forgotten_at     timestamptz,
  -- Never an open case without a due time (an owner it has always), nor a closed one with one.
  check ((state = 'closed') = (due_at is null)),
  check ((state = 'closed') = (closed_at is not null))
);
create index case_file_due on case_file (due_at) where due_at is not null and overdue_at is null;
create index case_file_owner on case_file (agency, owner) where due_at is not null;
create index case_file_listed on case_file (agency, due_at, id);
create index case_file_case_until on case_file (case_until) where forgotten_at is null;
create index case_file_restricted_until on case_file (restricted_until) where restricted_until is not null;

-- One person, or a household. Who is not registered has an id and keys all the same. What is told of a case
-- is sealed under the first person's keys.
create table case_person (
  case_id   uuid not null references case_file (id),
  person    uuid not null,
  first     boolean not null,
  joined_at timestamptz not null,
  primary key (case_id, person)
);
create unique index case_person_first on case_person (case_id) where first;
create index case_person_person on case_person (person);

create table case_report (
  id                uuid primary key,   -- the reporter's key is this id's
  case_id           uuid not null unique references case_file (id),
  agency            text not null,      -- the case's: a policy cannot ask case_file, whose policy asks here
  receipt_hash      bytea not null unique,
  told              jsonb,
  reporter          jsonb,              -- null: anonymous, or destroyed
  emergency_numbers text[] not null,    -- shown with the form and the answer
  reported_at       timestamptz not null,
  reporter_until    date                -- Korean time; set once the report is handled
);
create index case_report_reporter_until on case_report (reporter_until) where reporter is not null;

-- What was done, by whom, and where the case stood then.
create table case_entry (
  case_id uuid not null references case_file (id),
  version int not null,
  command text not null,
  state   text not null,
  step    text not null,
  owner   text not null,
  due_at  timestamptz,
  by      text not null,
  at      timestamptz not null,
  reason  jsonb,                        -- sealed, record class `case`
  primary key (case_id, version)
);

create table case_goal (
  id      uuid primary key,
  case_id uuid not null references case_file (id),
  goal    jsonb,                        -- sealed, record class `case`
  due_on  date not null,
  set_by  text not null,
  set_at  timestamptz not null
);
create index case_goal_case on case_goal (case_id);

create table case_service (
  id          uuid primary key,
  case_id     uuid not null references case_file (id),
  service     text not null,
  provider    text not null,
  since       date not null,
  until       date not null check (until >= since),
  cost_won    bigint not null check (cost_won >= 0),
  recorded_by text not null,
  recorded_at timestamptz not null
);
create index case_service_case on case_service (case_id);

create table case_conference (
  id           uuid primary key,
  case_id      uuid not null references case_file (id),
  held_on      date not null,
  participants jsonb not null,          -- [{role, agency}]: no names
  decision     jsonb,                   -- sealed, record class `case`
  recorded_by  text not null,
  recorded_at  timestamptz not null
);
create index case_conference_case on case_conference (case_id);

create table case_note (
  id         uuid primary key,
  case_id    uuid not null references case_file (id),
  note       jsonb,                     -- sealed, record class `restricted`
  readers    text[] not null check (cardinality(readers) > 0),
  written_by text not null,
  written_at timestamptz not null
);
create index case_note_case on case_note (case_id);

do $$
declare held text;
begin
  foreach held in array array['case_file', 'case_person', 'case_report', 'case_entry', 'case_goal',
    'case_service', 'case_conference', 'case_note']
  loop
    execute format('alter table %I enable row level security', held);
    execute format('alter table %I force row level security', held);
  end loop;
  -- Anybody may report, also to another agency than their own; seeing is for that agency alone.
  foreach held in array array['case_file', 'case_person', 'case_report', 'case_entry'] loop
    execute format('create policy %I on %I for insert with check (ieum_context())', held || '_add', held);
  end loop;
  foreach held in array array['case_file', 'case_report'] loop
    execute format('create policy %I on %I for update using (case_open_to(agency))', held || '_change', held);
    execute format('create policy %I on %I for delete using (case_open_to(agency))', held || '_drop', held);
  end loop;
  foreach held in array array['case_person', 'case_entry', 'case_goal', 'case_service', 'case_conference'] loop
    execute format('create policy %I on %I using (exists (select from case_file where id = case_id))',
      held || '_with_case', held);
  end loop;
end $$;

-- Whoever has a receipt code sees the one case it is for, without a name.
create policy case_report_read on case_report for select using (case_open_to(agency)
  or (ieum_context() and receipt_hash = decode(current_setting('ieum.receipt', true), 'hex')));
create policy case_file_read on case_file for select using (case_open_to(agency)
  or (ieum_context() and exists (select from case_report
    where case_id = case_file.id and receipt_hash = decode(current_setting('ieum.receipt', true), 'hex'))));

-- A restricted note is for the staff it names, of the case's agency.
create policy case_note_named on case_note using (
  exists (select from case_file where id = case_id) and (
    current_setting('ieum.actor_kind', true) = 'service'
    or current_setting('ieum.purpose', true) = 'own-data'
    or current_setting('ieum.actor', true) = any (readers)));
