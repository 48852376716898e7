-- People in depth: merging, consents, how they registered, and who looked at their data.

-- migrate:up

-- A merged person stays as a pointer to who they are; never a chain.
alter table person add column merged_into uuid references person (id);
create index person_merged_into on person (merged_into) where merged_into is not null;

-- Keyed hashes of all that begins at a syllable or word of a name: a part of a name is one look-up.
create table person_name_part (
  part   bytea not null,
  person uuid not null references person (id),
  primary key (part, person)
);
create index person_name_part_person on person_name_part (person);

-- How a person was registered; who spoke for them lies sealed in `representative`, record class `contact`.
create table person_registration (
  person         uuid primary key references person (id),
  channel        text not null check (channel in ('self', 'proxy', 'guardian', 'paper', 'telephone')),
  recorded_by    text not null,          -- the member of staff who saw the document; else `person`
  relation       text,                   -- a code; null: nobody spoke for them, or erased
  document       text,                   -- a code: what was seen
  seen_on        date,
  representative jsonb
);

-- Who was merged into whom, by whom, and whether it was undone; it can be while nothing new was attached.
create table person_merge (
  id          uuid primary key,
  merged      uuid not null references person (id),
  survivor    uuid not null references person (id),
  reason      text not null,             -- a code, never words
  staff       text not null,
  agency      text,
  merged_at   timestamptz not null,
  attached_at timestamptz,               -- the first time that something new was attached to the survivor
  undone_at   timestamptz,
  undone_by   text
);
create index person_merge_merged on person_merge (merged);
create index person_merge_survivor on person_merge (survivor);

-- What a person consented to lies sealed in `terms`; after erasure only that it was given and withdrawn is left.
create table consent (
  id           uuid primary key,
  person       uuid not null references person (id),
  terms        jsonb,                    -- sealed, record class `profile`; null: erased
  given_by     text not null check (given_by in ('person', 'guardian')),
  recorded_by  text not null,            -- person or staff
  agency       text,
  given_at     timestamptz not null,
  withdrawn_at timestamptz
);
create index consent_person on consent (person);
create table consent_acknowledgement (
  consent         uuid not null,         -- no foreign key: a restored database may lack what others tell of
  holder          text not null,
  acknowledged_at timestamptz not null,
  primary key (consent, holder)
);

-- Whose sealed data was opened where and why, as all services tell; after erasure without the words of why.
create table access_record (
  event          uuid primary key,
  person         uuid not null,          -- no foreign key: a restored database may lack what others tell of
  service        text not null,
  actor_kind     text not null,
  agency         text,
  record_classes text[] not null,
  purpose        text not null,
  reason         text,
  at             timestamptz not null
);
create index access_record_person on access_record (person, at);

do $$
declare held text;
begin
  foreach held in array array['person_name_part', 'person_registration', 'person_merge', 'consent', 'consent_acknowledgement', 'access_record']
  loop
    execute format('alter table %I enable row level security', held);
    execute format('alter table %I force row level security', held);
    execute format('create policy %I on %I using (ieum_context()) with check (ieum_context())',
      held || '_context', held);
  end loop;
end $$;
