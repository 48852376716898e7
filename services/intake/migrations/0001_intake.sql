-- People and their keys, organisations, programmes, openings, applications, imports, erasures.

-- migrate:up

-- Who a person is lies sealed in `contact` and `profile`; the hashes are keyed (secret `search`). After
-- erasure the row stays, without either, so that the person is known to be forgotten.
create table person (
  id            uuid primary key,
  contact       jsonb,
  profile       jsonb,
  district      text not null,
  life_stage    text not null,
  language      text not null check (language in ('ko', 'en')),
  agency        text not null,
  owner_hash    bytea,              -- of the signed-in citizen who registered
  phone_hash    bytea,
  birth_hash    bytea,
  identity_hash bytea,              -- of name, birth date and phone together
  sequence      int not null default 1,
  registered_at timestamptz not null,
  erased_at     timestamptz
);
create index person_phone on person (phone_hash);
create index person_birth on person (birth_hash);
create index person_identity on person (identity_hash);

-- Pairs of jamo of a name, so that a part of the name finds the person.
create table person_name_pair (
  pair   bytea not null,
  person uuid not null references person (id),
  primary key (pair, person)
);
create index person_name_pair_person on person_name_pair (person);

-- Keys wrapped under the city's key (AES Key Wrap); deleting a row erases what is sealed under it.
create table person_key (
  kid          text primary key,    -- <person>/<record class>/<generation>
  person       uuid not null,       -- its key comes first, as the person's row is sealed under it
  record_class text not null,
  wrapped      bytea not null
);
create index person_key_person on person_key (person);

create table organisation (
  id              uuid primary key,
  name            text not null,
  roles           text[] not null,
  district        text not null,
  email           text,
  business_number text unique,
  registered_at   timestamptz not null
);
create index organisation_registered on organisation (registered_at);

create table programme (
  id           text primary key,
  resource     uuid not null unique,  -- derived from the id: what Idempotency-Key remembers
  version      int not null,
  sequence     int not null,
  published_at timestamptz not null
);
-- What was applied for under an older version stays under it.
create table programme_version (
  programme    text not null references programme (id),
  version      int not null,
  definition   jsonb not null,
  published_at timestamptz not null,
  primary key (programme, version)
);

create table opening (
  id              uuid primary key,
  programme       text not null references programme (id),
  organisation    uuid not null references organisation (id),
  code            text not null,
  title           text not null,
  capacity        int not null check (capacity >= 1),
  district        text not null,
  field           text not null,
  skills          text[] not null,
  wage_hourly_won int,
  hours_per_week  int,
  months          int,
  contract        text,
  published_at    timestamptz not null,
  unique (programme, code)
);

create table application (
  id                uuid primary key,
  person            uuid not null references person (id),
  programme         text not null,
  programme_version int not null,
  choices           uuid[] not null,
  details           jsonb,            -- sealed, record class `application`; null: destroyed
  channel           text not null check (channel in ('web', 'counter', 'csv', 'agency')),
  agency            text not null,
  receipt           text not null unique,
  sequence          int not null default 1,
  submitted_at      timestamptz not null,
  withdrawn_at      timestamptz,
  foreign key (programme, programme_version) references programme_version (programme, version)
);
-- One live application per person and programme.
create unique index application_live on application (person, programme) where withdrawn_at is null;
create index application_person on application (person);

-- What matching told of an application; each fact once.
create table application_fact (
  event       uuid primary key,
  application uuid not null,          -- no foreign key: a restored database may lack what others tell of
  status      text not null,
  opening     uuid,
  at          timestamptz not null
);
create index application_fact_application on application_fact (application, at);

-- Reports of imports: lines, columns and reasons, never a value.
create table import_report (
  id            uuid primary key,
  programme     text not null,
  agency        text not null,
  same_as       uuid references import_report (id),   -- the same file was read before
  encoding      text not null,
  rows          int not null,
  added         int not null,
  already_there int[] not null,                       -- lines
  refused       int not null,
  problems      jsonb not null,                       -- [{line, column, code, ko, en}]
  created_at    timestamptz not null
);
create table import_file (
  programme     text not null,
  content_hash  bytea not null,                       -- keyed
  import_report uuid not null references import_report (id),
  primary key (programme, content_hash)
);

create table erasure (
  person       uuid primary key references person (id),
  gone         text[] not null,                       -- record classes destroyed at once
  requested_at timestamptz not null
);
create table erasure_kept (
  person       uuid not null references erasure (person),
  record_class text not null,
  article      text not null,
  until        date not null,                         -- Korean time; destroyed on this day
  destroyed_at timestamptz,
  primary key (person, record_class)
);
create index erasure_kept_due on erasure_kept (until) where destroyed_at is null;
create table erasure_acknowledgement (
  person          uuid not null,
  holder          text not null,
  record_class    text not null,
  acknowledged_at timestamptz not null,
  primary key (person, holder, record_class)
);

do $$
declare held text;
begin
  foreach held in array array['person', 'person_name_pair', 'person_key', 'application', 'application_fact',
    'import_report', 'import_file', 'erasure', 'erasure_kept', 'erasure_acknowledgement']
  loop
    execute format('alter table %I enable row level security', held);
    execute format('alter table %I force row level security', held);
    execute format('create policy %I on %I using (ieum_context()) with check (ieum_context())',
      held || '_context', held);
  end loop;
end $$;
