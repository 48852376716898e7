-- People in depth: merging, consents, how they registered, and who looked at their data.

-- migrate:up

-- A merged person stays as a pointer to who they are; never a chain.
alter table person add column merged_into uuid references person (id);
create index person_merged_into on person (merged_into) where merged_into is not null;

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

do $$
declare held text;
begin
  foreach held in array array['person_merge']
  loop
    execute format('alter table %I enable row level security', held);
    execute format('alter table %I force row level security', held);
    execute format('create policy %I on %I using (ieum_context()) with check (ieum_context())',
      held || '_context', held);
  end loop;
end $$;
