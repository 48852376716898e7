-- Contacts: visits handed from window to window, calls, outreach by routes, counselling sessions; what was noted.

-- migrate:up

-- A contact that took place, under the id of the window, call, stop or session that it was.
create table contact (
  id          uuid primary key,
  kind        text not null check (kind in ('visit', 'call', 'outreach', 'counselling')),
  person      uuid,                     -- null: a newcomer without a name, or an address
  agency      text not null,
  district    text,
  at          timestamptz not null,
  outcome     text not null,
  field       text,
  direction   text check (direction in ('in', 'out')),
  part_of     uuid,                     -- the visit or the route
  by          text not null,
  version     int not null default 1,
  sequence    int not null default 1,
  recorded_at timestamptz not null
);
create index contact_part_of on contact (part_of) where part_of is not null;
create index contact_person on contact (person) where person is not null;
-- Whom an agency met since a moment is one look-up, which reads the index alone.
create index contact_entitles on contact (agency, at) include (person) where person is not null;

-- How many, by agency and day (KST): figures that stay when people are forgotten, and name nobody.
create table contact_count (
  agency  text not null,
  kind    text not null,
  outcome text not null,
  day     date not null,
  count   int not null check (count >= 0),
  primary key (agency, kind, outcome, day)
);
create index contact_count_day on contact_count (day);

-- All that is written of contacts: sealed under `person`'s keys, or where nobody is registered under those of
-- the visit's or stop's own id. `agencies` may read it; where `readers` are named, they alone.
create table contact_note (
  id           uuid primary key,
  about        uuid not null,
  part_of      uuid not null,           -- the visit; of other contacts `about` again
  person       uuid not null,
  agencies     text[] not null check (cardinality(agencies) > 0),
  readers      text[] check (cardinality(readers) > 0),
  record_class text not null check (record_class in ('case', 'restricted')),
  note         jsonb,                   -- null: destroyed
  until        date,                    -- Korean time; gone on this day, unasked; null: not ended yet
  written_by   text not null,
  written_at   timestamptz not null
);
create index contact_note_about on contact_note (about);
create index contact_note_person on contact_note (person, record_class) where note is not null;
create index contact_note_until on contact_note (until) where note is not null;

-- A visit is taken once at the front desk of `agency`; its counters say what windows do that others do not see.
create table visit (
  id       uuid primary key,
  number   text not null,
  day      date not null,
  agency   text not null,
  person   uuid,
  district text,
  state    text not null check (state in ('open', 'ended')),
  open     int not null check (open >= 0),
  served   int not null,
  "left"   int not null,
  taken_by text not null,
  taken_at timestamptz not null,
  ended_at timestamptz,
  version  int not null default 1,
  sequence int not null default 1,
  unique (agency, day, number),
  check ((state = 'ended') = (open = 0) and (state = 'ended') = (ended_at is not null))
);
create index visit_open on visit (taken_at) where state = 'open';
create index visit_person on visit (person) where person is not null;

create table visit_number (
  agency text not null,
  day    date not null,
  last   int not null,
  primary key (agency, day)
);

-- One agency's part of a visit. The person stands here too: whom an agency has or had before it since a moment
-- is one look-up.
create table visit_window (
  id        uuid primary key,
  visit     uuid not null references visit (id),
  number    text not null,
  front     text not null,              -- the front desk's agency, which sees all windows of its visits
  agency    text not null,
  person    uuid,
  state     text not null check (state in ('waiting', 'called', 'served', 'left')),
  place     text,                       -- where to come; says nothing of what it is about
  at        timestamptz not null,
  queued_at timestamptz not null,
  called_at timestamptz,
  done_at   timestamptz,
  version   int not null default 1,
  check (state <> 'called' or called_at is not null),
  check ((state in ('served', 'left')) = (done_at is not null))
);
create unique index visit_window_open on visit_window (visit, agency) where state in ('waiting', 'called');
create index visit_window_queue on visit_window (agency, queued_at, number) where state in ('waiting', 'called');
create index visit_window_visit on visit_window (visit);
create index visit_window_person on visit_window (person) where person is not null;
create index visit_window_entitles on visit_window (agency, at) include (person) where person is not null;

-- How often an agency's queue has changed; locked last and until commit.
create table visit_feed (
  agency text primary key,
  last   bigint not null
);

create table contact_call (
  id           uuid primary key,
  person       uuid not null references person (id),
  agency       text not null,
  direction    text not null check (direction in ('in', 'out')),
  neutral      boolean not null,        -- the person asked for no word of what it is about
  state        text not null check (state in ('begun', 'done')),
  call_back_at timestamptz,
  by           text not null,
  begun_at     timestamptz not null,
  done_at      timestamptz,
  version      int not null default 1,
  check ((state = 'done') = (done_at is not null))
);
create index contact_call_back on contact_call (agency, call_back_at) where call_back_at is not null;
create index contact_call_person on contact_call (person);

create table outreach_route (
  id         uuid primary key,
  agency     text not null,
  worker     text not null,
  day        date not null,
  planned_by text not null,
  version    int not null default 1,
  unique (agency, worker, day)
);

create table outreach_stop (
  id           uuid primary key,
  route        uuid not null references outreach_route (id),
  agency       text not null,
  place        int not null,            -- in the order of the day, from 1
  person       uuid,
  district     text not null,
  state        text not null check (state in ('planned', 'done', 'dropped')),
  carried_from uuid references outreach_stop (id)
);
create index outreach_stop_route on outreach_stop (route, place);
create index outreach_stop_person on outreach_stop (person) where person is not null;

create table counselling_session (
  id            uuid primary key,
  person        uuid not null references person (id),
  agency        text not null,
  field         text not null,
  counsellor    text not null,
  planned_at    timestamptz not null,
  planned_until timestamptz not null,
  state         text not null check (state in ('planned', 'done', 'cancelled')),
  started_at    timestamptz,
  ended_at      timestamptz,
  application   uuid,
  opening       uuid,
  case_id       uuid,
  follows       uuid references counselling_session (id),
  version       int not null default 1,
  sequence      int not null default 1,
  check (planned_at < planned_until),
  check ((started_at is null) = (ended_at is null) and started_at <= ended_at),
  check (num_nonnulls(application, opening, case_id) <= 1)
);
create index counselling_session_listed on counselling_session (agency, planned_at);
create index counselling_session_counsellor on counselling_session (agency, counsellor, planned_at)
  where state = 'planned';
create index counselling_session_person on counselling_session (person);

do $$
declare held text;
begin
  foreach held in array array['contact', 'contact_note', 'visit', 'visit_window', 'contact_call',
    'outreach_route', 'outreach_stop', 'counselling_session']
  loop
    execute format('alter table %I enable row level security', held);
    execute format('alter table %I force row level security', held);
  end loop;
  foreach held in array array['contact_call', 'outreach_route', 'outreach_stop',
    'counselling_session']
  loop
    execute format('create policy %I on %I using (case_open_to(agency)) with check (case_open_to(agency))',
      held || '_own', held);
  end loop;
end $$;

-- A front desk sees its visits whole, a window its own part. Whoever learns a newcomer's name writes it on all
-- parts of that one visit, what other windows noted included: `ieum.visit` names it meanwhile.
create function visit_whole(visit uuid) returns boolean language sql stable as $$
  select ieum_context() and visit::text = nullif(current_setting('ieum.visit', true), '')
$$;
create policy contact_own on contact using (case_open_to(agency) or visit_whole(part_of))
  with check (case_open_to(agency) or visit_whole(part_of));
create policy visit_window_read on visit_window for select using (case_open_to(agency)
  or case_open_to(front)
  or visit_whole(visit));
create policy visit_window_change on visit_window for update using (case_open_to(agency)
  or case_open_to(front)
  or visit_whole(visit));
create policy visit_window_add on visit_window for insert with check (ieum_context());
create policy visit_parties on visit using (case_open_to(agency)
  or exists (select from visit_window w where w.visit = visit.id));

-- Written for other agencies too, read and changed by those named.
create function contact_note_open_to(agencies text[], readers text[]) returns boolean language sql stable as $$
  select ieum_context() and (
    ieum_service()
    or current_setting('ieum.purpose', true) = 'own-data'
    or (current_setting('ieum.actor_kind', true) = 'staff' and ieum_agency() = any (agencies)
      and (readers is null or current_setting('ieum.actor', true) = any (readers))))
$$;
create policy contact_note_named on contact_note
  using (contact_note_open_to(agencies, readers) or visit_whole(part_of))
  with check (ieum_context());
