-- A key has generations, one of them at a time.

-- migrate:up

-- A key issued after its destruction is the next generation, and what sealed before stays destroyed.
create unique index person_key_present on person_key (person, record_class);
drop index person_key_person;

-- A planned visit keeps whom one may see in sight, and opens nobody: who planned it saw them before.
alter table outreach_stop add column entitles boolean not null default true;

create or replace function ieum_visited(whom uuid[], desk text) returns boolean language plpgsql stable
security definer set search_path = public, pg_temp as $$
declare lately timestamptz := ieum_now() - interval '5 days';
begin
  return exists (select from visit_window w where w.person = any (whom) and w.agency = desk
      and (w.done_at is null or w.done_at > lately))
    or exists (select from contact c where c.person = any (whom) and c.agency = desk and c.at > lately)
    or exists (select from counselling_session s where s.person = any (whom) and s.agency = desk
      and s.state = 'planned')
    or exists (select from contact_call k where k.person = any (whom) and k.agency = desk
      and (k.done_at is null or k.done_at > lately))
    or exists (select from outreach_stop o where o.person = any (whom) and o.agency = desk
      and o.state = 'planned' and o.entitles);
end $$;
