-- Those who chose an opening, as their workplace knows them, and the interviews that it holds with them.

-- migrate:up

-- A number of an application at one opening alone: nobody is followed by it to another one.
create table candidate (
  id          uuid primary key,
  opening     uuid not null,
  application uuid not null,
  unique (opening, application)
);

create table interview_slot (
  id           uuid primary key,
  opening      uuid not null,
  starts_at    timestamptz not null,
  ends_at      timestamptz not null,
  place        text not null,                   -- the address, or `online`
  check (starts_at < ends_at),
  unique (opening, starts_at, place)
);

-- state: shortlisted → invited → booked → held or missed; declined by the person, called_off by the workplace.
-- `slot`, `starts_at`, `ends_at`, `place` stand while a time is chosen and after it; `scores` are sealed.
create table interview (
  id           uuid primary key,
  candidate    uuid not null unique references candidate,
  application  uuid not null,
  person       uuid not null,
  programme    text not null,
  opening      uuid not null,
  organisation uuid not null,
  state        text not null check (state in
    ('shortlisted', 'invited', 'booked', 'held', 'missed', 'declined', 'called_off')),
  reason       text,
  answer_by    timestamptz,
  slot         uuid references interview_slot,
  starts_at    timestamptz,
  ends_at      timestamptz,
  place        text,
  total        int check (total >= 0),
  most         int check (most > 0),
  scores       jsonb,                           -- sealed, record class `application`
  told_due     boolean not null default false,
  version      int not null default 0,          -- counts the facts published
  check ((state in ('booked', 'held', 'missed')) = (slot is not null)),
  check ((slot is null) = (starts_at is null) and (slot is null) = (ends_at is null)
    and (slot is null) = (place is null)),
  check (state <> 'held' or (total is not null and most is not null and total <= most)),
  check (state <> 'invited' or answer_by is not null)
);
create unique index interview_one_a_slot on interview (slot) where slot is not null;
create index interview_opening on interview (opening);
create index interview_application on interview (application);
create index interview_person on interview (person);
create index interview_unanswered on interview (answer_by) where state = 'invited';
create index interview_coming on interview (starts_at) where state = 'booked' and not told_due;

-- Nobody is in two interviews at a time, whatever the workplaces and agencies.
alter table interview add constraint interview_one_at_a_time exclude using gist (
  uuid_span(person, person, '[]') with &&, tstzrange(starts_at, ends_at) with &&)
  where (state = 'booked');

do $$
declare held text;
begin
  foreach held in array array['candidate', 'interview_slot', 'interview']
  loop
    execute format('alter table %I enable row level security', held);
    execute format('alter table %I force row level security', held);
    execute format('create policy %I on %I using (ieum_context()) with check (ieum_context())',
      held || '_context', held);
  end loop;
end $$;
