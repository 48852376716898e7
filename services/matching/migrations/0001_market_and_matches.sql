-- The market as intake tells of it, what matching decides about applications, rounds, and matches.
-- No foreign keys between facts of different topics: topics have no order among one another.

-- migrate:up

-- What eligibility and ranking ask about a person, as ciphertext only. After erasure the row stays as a
-- tombstone without content, so that a fact which comes late is known to be about somebody to be forgotten.
create table person (
  id               uuid primary key,
  district         text,
  sealed           jsonb,                    -- record class `profile`; null: erased, or never told
  sequence         int not null,             -- of the last fact applied
  acknowledgements int not null default 0,   -- erasures acknowledged
  erased_at        timestamptz
);
alter table person enable row level security;
alter table person force row level security;
create policy person_context on person using (ieum_context()) with check (ieum_context());

-- An organisation's name is public.
create table organisation (
  id       uuid primary key,
  name     text not null,
  sequence int not null
);

-- Every version stays: what was applied for under an older one is decided under it.
create table programme (
  id         text not null,
  version    int not null,
  definition jsonb not null,
  primary key (id, version)
);

create table opening (
  id           uuid primary key,
  programme    text not null,
  organisation uuid not null,
  code         text not null,
  title        text not null,
  capacity     int not null check (capacity >= 0),
  district     text not null,
  field        text not null,
  skills       text[] not null,
  sequence     int not null
);
create index opening_programme on opening (programme);

-- state: waiting (for facts) → ranked | ineligible; withdrawn and erased end it. `scores` stand beside
-- `choices`: the opening's priority, 0 to 1000, without the wishes, as rounds use it.
create table application (
  id                uuid primary key,
  person            uuid not null,
  programme         text not null,
  programme_version int not null,
  choices           uuid[] not null,
  submitted_at      timestamptz not null,
  state             text not null check (state in ('waiting', 'ranked', 'ineligible', 'withdrawn', 'erased')),
  sequence          int not null,                 -- of intake's last fact applied
  version           int not null default 0,       -- facts that matching published about it
  scores            int[] not null default '{}',
  failed_rules      text[] not null default '{}',
  suggestions       jsonb not null default '[]',
  explanation       jsonb                         -- sealed, record class `application`
);
create index application_waiting on application (submitted_at) where state = 'waiting';
create index application_person on application (person);
create index application_live on application (programme) where state = 'ranked';
alter table application enable row level security;
alter table application force row level security;
create policy application_context on application using (ieum_context()) with check (ieum_context());

-- The seat ledger: whoever gives or frees a place changes this row, and it can never hold more than there are.
create table seat (
  opening  uuid primary key,
  capacity int not null,
  taken    int not null default 0,
  check (taken between 0 and capacity)
);

create table match (
  id           uuid primary key,
  application  uuid not null,
  person       uuid not null,
  programme    text not null,
  opening      uuid not null,
  organisation uuid not null,
  round        uuid,                              -- null: rolling
  rank         int not null,                      -- of the choice, from 1
  state        text not null check (state in ('proposed', 'accepted', 'declined', 'expired')),
  version      int not null default 1,            -- facts published about it
  reason       text,
  proposed_at  timestamptz not null,
  answer_by    timestamptz not null,
  answered_at  timestamptz
);
-- A person holds at most one place of a programme.
create unique index match_one_held on match (person, programme) where state in ('proposed', 'accepted');
create index match_due on match (answer_by) where state = 'proposed';
create index match_application on match (application);
create index match_opening on match (opening);
alter table match enable row level security;
alter table match force row level security;
create policy match_context on match using (ieum_context()) with check (ieum_context());

-- Who follows at an opening when a place comes free, lowest position first.
create table waiting (
  opening     uuid not null,
  application uuid not null,
  programme   text not null,
  round       uuid,
  position    bigint not null,
  primary key (opening, application)
);
create index waiting_application on waiting (application);
create index waiting_programme on waiting (programme);
alter table waiting enable row level security;
alter table waiting force row level security;
create policy waiting_context on waiting using (ieum_context()) with check (ieum_context());

-- state: opened → computed → confirmed | sent_back. `market` and `result` are the exact bytes of the open
-- formats: their digests are on the log. Before the computation nobody gets to see the seed.
create table round (
  id            uuid primary key,
  programme     text not null,
  state         text not null check (state in ('opened', 'computed', 'confirmed', 'sent_back')),
  seed          bytea not null check (octet_length(seed) = 32),
  commitment    text not null,
  market        bytea,
  result        bytea,
  market_digest text,
  result_digest text,
  counts        jsonb,
  opened_by     text not null,
  opened_at     timestamptz not null,
  computed_at   timestamptz,
  decided_by    text,
  decided_name  text,
  decided_at    timestamptz,
  reason        text,
  check ((state = 'opened') = (market is null)),
  check ((market is null) = (result is null)),
  check ((state in ('confirmed', 'sent_back')) = (decided_name is not null))
);
create unique index round_one_running on round (programme) where state in ('opened', 'computed');
alter table round enable row level security;
alter table round force row level security;
create policy round_context on round using (ieum_context()) with check (ieum_context());
