-- Appeals against what was decided about an application, and who decided it first.

-- migrate:up

-- By whom a round was confirmed; that official decides no appeal against it.
create table round_decider (
  round    uuid primary key,
  official text not null
);
alter table application_fact add column round uuid;

create table appeal (
  id             uuid primary key,
  application    uuid not null references application (id),
  person         uuid not null references person (id),
  programme      text not null,
  fact           uuid not null,                -- the decision appealed against: one appeal for each
  agency         text not null,                -- owes the answer
  channel        text not null check (channel in ('web', 'counter')),
  grounds        jsonb,                        -- sealed, record class `application`; null: destroyed
  filed_at       timestamptz not null,
  due_at         timestamptz not null,
  overdue_at     timestamptz,
  outcome        text check (outcome in ('upheld', 'dismissed', 'withdrawn')),
  official       text,
  official_name  text,
  reasons        jsonb,                        -- sealed likewise
  ended_at       timestamptz,
  version        int not null default 1,
  unique (application, fact),
  check ((outcome is null) = (ended_at is null))
);
create index appeal_due on appeal (due_at) where ended_at is null;
create index appeal_person on appeal (person);

do $$
declare held text;
begin
  foreach held in array array['round_decider', 'appeal']
  loop
    execute format('alter table %I enable row level security', held);
    execute format('alter table %I force row level security', held);
    execute format('create policy %I on %I using (ieum_context()) with check (ieum_context())',
      held || '_context', held);
  end loop;
end $$;
