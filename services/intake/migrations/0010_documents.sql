-- Files of drafts and applications, in sealed chunks.

-- migrate:up

-- What a draft or an application holds its files in; it has the draft's id, or the application's own.
create table document_folder (
  id                uuid primary key,
  person            uuid not null references person (id),
  programme         text not null references programme (id),
  programme_version int not null,
  application       uuid unique references application (id),  -- null: of a draft
  made_at           timestamptz not null
);
create index document_folder_person on document_folder (person);

create table document (
  id          uuid primary key,
  folder      uuid not null references document_folder (id) on delete cascade,
  person      uuid not null,              -- under whose key it is sealed
  asked       text,                       -- what of the programme's list; null: something else
  media       text not null check (media in ('pdf', 'jpeg', 'png', 'hwpx', 'hwp', 'docx', 'xlsx')),
  size_bytes  int not null check (size_bytes > 0),
  chunks      int not null check (chunks > 0),
  alg         text not null,
  kid         text not null,
  details     jsonb not null,             -- sealed, record class `application`: name and SHA-256
  attached_at timestamptz not null
);
create index document_folder_of on document (folder);

-- Each chunk is bound to its document, its number and how many there are.
create table document_chunk (
  document uuid not null references document (id) on delete cascade,
  number   int not null,
  sealed   bytea not null,
  primary key (document, number)
);
alter table document_chunk alter column sealed set storage external;  -- ciphertext does not compress

do $$
declare held text;
begin
  foreach held in array array['document_folder', 'document', 'document_chunk']
  loop
    execute format('alter table %I enable row level security', held);
    execute format('alter table %I force row level security', held);
    execute format('create policy %I on %I using (ieum_context()) with check (ieum_context())',
      held || '_context', held);
  end loop;
end $$;
