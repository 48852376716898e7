-- What follows a proposal: a place is held from a day to a day, ends well or early, is reported on every week,
-- and may be looked at again by a human being.

-- migrate:up

alter table match drop constraint match_state_check;
alter table match add constraint match_state_check check (state in
  ('proposed', 'accepted', 'declined', 'expired', 'started', 'completed', 'ended_early'));
-- held_from, held_until: the days, both included, on which the person is bound: from the acceptance, then from
-- the start; null until an end is known. cools_until: not offered this programme again before that day.
alter table match
  add column exclusive   boolean not null default true,
  add column held_from   date,
  add column held_until  date,
  add column cools_until date,
  add column keeps_seat  boolean not null default false,   -- ended early, and the place is not passed on
  add column note        jsonb;                            -- sealed, record class `application`

-- Who accepted before is bound from that day; of several places of a person the first alone counts as exclusive.
-- In a context, as row-level security holds for the owner, too, here and in what the triggers of match write.
select set_config('ieum.actor', 'migration', true), set_config('ieum.actor_kind', 'service', true),
  set_config('ieum.purpose', 'matching', true);
update match m set held_from = (m.answered_at at time zone 'Asia/Seoul')::date,
  exclusive = not exists (select from match o where o.person = m.person and o.state = 'accepted'
    and (o.answered_at, o.id) < (m.answered_at, m.id))
where m.state = 'accepted';

alter table match add constraint match_held_days check (
  case when state in ('accepted', 'started') then held_from is not null
    when state = 'completed' then held_from is not null and held_until is not null
    when state = 'ended_early' then (held_from is null) = (held_until is null)
    else held_from is null and held_until is null end);
alter table match add constraint match_keeps_seat check (state = 'ended_early' or not keeps_seat);

drop index match_one_held;
create unique index match_one_held on match (person, programme) where state in ('proposed', 'accepted', 'started');
create index match_person on match (person);
create index match_running on match (id) where state in ('started', 'completed', 'ended_early');

-- Nobody is bound twice at a time, whatever the agencies. A range of one uuid stands for `=`, which a GiST index
-- does not know without an extension.
create type uuid_span as range (subtype = uuid);
alter table match add constraint match_one_exclusive exclude using gist (
  uuid_span(person, person, '[]') with &&, daterange(held_from, held_until, '[]') with &&)
  where (exclusive and held_from is not null);

-- A report of a week (its Monday); a correction is a new version, and nothing is overwritten.
create table weekly_report (
  id           uuid primary key,
  match        uuid not null,
  person       uuid not null,
  programme    text not null,
  week         date not null check (extract(isodow from week) = 1),
  version      int not null check (version > 0),
  hours        int not null check (hours between 0 and 112),
  days_present int not null check (days_present between 0 and 7),
  days_absent  int not null check (days_absent between 0 and 7),
  done         jsonb,                             -- sealed, record class `application`; null: forgotten
  written_by   text not null check (written_by in ('person', 'workplace')),
  written_at   timestamptz not null,
  confirmed_at timestamptz,                       -- by the other of the two
  unique (match, week, version)
);
create index weekly_report_person on weekly_report (person);

-- Who was reminded of which week: once.
create table report_reminder (
  match   uuid not null,
  week    date not null,
  told_at timestamptz not null,
  primary key (match, week)
);

-- A person asked that a human being look at it: once for a match, once for an application as a whole.
create table review_request (
  id           uuid primary key,
  application  uuid not null,
  match        uuid,
  person       uuid not null,
  requested_at timestamptz not null,
  unique nulls not distinct (application, match)
);

-- The appeals that intake has taken up, by the number under which they are decided.
create table appeal (
  id          uuid primary key,
  application uuid not null,
  person      uuid not null,
  filed_at    timestamptz not null,
  outcome     text
);
create index appeal_application on appeal (application);

-- What a programme owes a person after the start or the end of a place, or after another step.
create table follow_up (
  id         uuid primary key,
  match      uuid not null,
  person     uuid not null,
  programme  text not null,
  step       text not null,                     -- its id in the programme's file
  owner      text not null,                     -- the agency that owes it
  due_on     date not null,
  done_on    date,
  done_by    text,
  overdue_at timestamptz,                       -- when it was told that it is late
  unique (match, step),
  check ((done_on is null) = (done_by is null))
);
create index follow_up_owed on follow_up (owner, due_on) where done_on is null;
create index follow_up_late on follow_up (due_on) where done_on is null and overdue_at is null;

do $$
declare held text;
begin
  foreach held in array array['weekly_report', 'report_reminder', 'review_request', 'appeal', 'follow_up']
  loop
    execute format('alter table %I enable row level security', held);
    execute format('alter table %I force row level security', held);
    execute format('create policy %I on %I using (ieum_context()) with check (ieum_context())',
      held || '_context', held);
  end loop;
end $$;
