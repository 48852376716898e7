-- Imports in chunks, with a mapping of columns; before, a file was read whole while its sender waited.

-- migrate:up

-- What was imported before is rewritten below: its policies ask for whom.
select set_config('ieum.actor', 'migration', true), set_config('ieum.actor_kind', 'service', true),
  set_config('ieum.purpose', 'operation', true);

-- What an agency's own headers and words mean; changed under a version.
create table import_mapping (
  id            uuid primary key,
  agency        text not null,
  name          text not null,
  kind          text not null check (kind in ('applications', 'people', 'organisations')),
  columns       jsonb not null,         -- {their header: our column, or null: left out}
  words         jsonb not null,         -- {our column: {their word: ours}}
  ignore_others boolean not null,
  version       int not null default 1,
  created_at    timestamptz not null,
  changed_at    timestamptz not null,
  unique (agency, name)
);

alter table import_report
  alter column programme drop not null,
  add column kind         text not null default 'applications'
    check (kind in ('applications', 'people', 'organisations')),
  add column dry_run      boolean not null default false,
  add column state        text not null default 'done' check (state in ('working', 'done', 'stopped')),
  add column done         int not null default 0,
  add column sent_by      text,           -- the member of staff, in whose name the rows are taken
  add column sent_roles   text[] not null default '{}',
  add column received_on  date,
  add column submitted_at timestamptz,
  add column columns      jsonb not null default '{}',   -- {our column: [place from 0, header]}
  add column words        jsonb not null default '{}',
  add column date_1904    boolean not null default false,
  add column mapping      uuid,
  add column wrapped_key  bytea,          -- seals the chunks; null once finished
  add column attempts     int not null default 0,        -- at the present chunk
  add column fault        jsonb,          -- {code, ko, en}: why it was stopped
  add column touched_at   timestamptz,
  add column finished_at  timestamptz;
update import_report set done = rows, finished_at = created_at;
create index import_report_working on import_report (touched_at) where state = 'working';
create index import_report_agency on import_report (agency, created_at desc);

-- Rows of a file that are still to be taken, sealed; `already_there` (lines) once they were.
create table import_chunk (
  import        uuid not null references import_report (id) on delete cascade,
  number        int not null,
  sealed        bytea,
  already_there int[] not null default '{}',
  primary key (import, number)
);
create table import_problem (
  import   uuid not null references import_report (id) on delete cascade,
  line     int not null,
  place    int not null,                  -- among the problems of its line
  "column" text,
  code     text not null,
  ko       text not null,
  en       text not null,
  primary key (import, line, place)
);
-- Who (keyed hash) stood in the rows of a dry run so far, which leaves nothing else behind.
create table import_seen (
  import   uuid not null references import_report (id) on delete cascade,
  identity bytea not null,
  primary key (import, identity)
);

insert into import_chunk (import, number, already_there)
select id, 0, already_there from import_report where already_there <> '{}';
insert into import_problem (import, line, place, "column", code, ko, en)
select id, (one ->> 'line')::int, number, one ->> 'column', one ->> 'code', one ->> 'ko', one ->> 'en'
from import_report, jsonb_array_elements(problems) with ordinality as told (one, number);
alter table import_report drop column problems;
alter table import_report rename column already_there to already_there_count;
alter table import_report alter column already_there_count type int using cardinality(already_there_count);

-- A file counts within its kind: a programme, or an agency's people, or organisations.
alter table import_file rename column programme to scope;

do $$
declare held text;
begin
  foreach held in array array['import_mapping', 'import_chunk', 'import_problem', 'import_seen'] loop
    execute format('alter table %I enable row level security', held);
    execute format('alter table %I force row level security', held);
    execute format('create policy %I on %I using (ieum_context()) with check (ieum_context())',
      held || '_context', held);
  end loop;
end $$;
