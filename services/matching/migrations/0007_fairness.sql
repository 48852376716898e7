-- What was forgotten when, so that the market can be built again from the topics, in whatever order they are
-- read; the tables in which that is done; and each confirmed round's indicators by group.

-- migrate:up

-- By the time at which intake told it. An application told of by then is one of those that were forgotten.
alter table person add column applications_forgotten_until timestamptz;
alter table application add column told_at timestamptz;

-- Rebuilding fills these and empties them in one transaction: whatever is read here was never committed.
create schema rebuild;
do $$ begin
  execute format('grant usage on schema rebuild to %I', regexp_replace(current_user, '_owner$', ''));
end $$;
create table rebuild.person (like public.person including all);
create table rebuild.organisation (like public.organisation including all);
create table rebuild.programme (like public.programme including all);
create table rebuild.opening (like public.opening including all);
create table rebuild.application (like public.application including all);
alter table rebuild.person enable row level security;
alter table rebuild.person force row level security;
create policy person_context on rebuild.person using (ieum_context()) with check (ieum_context());
alter table rebuild.application enable row level security;
alter table rebuild.application force row level security;
create policy application_context on rebuild.application
  using (ieum_context()) with check (ieum_context());

-- Numbers of five and more alone, as published: nothing of a person stands here.
create table round_fairness (
  round      uuid primary key,
  indicators jsonb not null,
  told_at    timestamptz not null
);
