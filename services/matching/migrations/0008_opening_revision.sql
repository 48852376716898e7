-- How a process that keeps a programme's openings in memory learns which of them are others now.

-- migrate:up

-- `revision` counts the changes of a programme's openings, one transaction after another as its row is locked;
-- `removed` is the revision of the last removal. An opening has the revision at which it was last written.
create table opening_revision (
  programme text primary key,
  revision  bigint not null default 0,
  removed   bigint not null default 0
);
alter table opening add column revision bigint not null default 0;
create index opening_revision_of on opening (programme, revision);

create function opening_written() returns trigger language plpgsql as $$
begin
  if tg_op = 'INSERT' or (tg_op = 'UPDATE' and new is distinct from old) then
    insert into public.opening_revision as r (programme, revision) values (new.programme, 1)
    on conflict (programme) do update set revision = r.revision + 1 returning revision into new.revision;
  end if;
  if tg_op = 'DELETE' or (tg_op = 'UPDATE' and old.programme <> new.programme) then
    insert into public.opening_revision as r (programme, revision, removed) values (old.programme, 1, 1)
    on conflict (programme) do update set revision = r.revision + 1, removed = r.revision + 1;
  end if;
  return coalesce(new, old);
end $$;
create trigger opening_written before insert or update or delete on opening
  for each row execute function opening_written();
