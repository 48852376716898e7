-- Whoever visits, calls or is visited is served there: the facts of contacts entitle too.

-- migrate:up

do $$
declare held text;
begin
  foreach held in array array['contact', 'contact_call', 'visit_window', 'counselling_session',
    'outreach_stop'] loop
    execute format('create policy %I on %I to current_user using (true)', held || '_owner', held);
  end loop;
end $$;

-- One of these waits at a window of the agency, is called, has a visit or session planned, or was met lately.
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
      and o.state = 'planned');
end $$;

-- A person's own request reaches what was recorded of that person, wherever it was.
do $$
declare held text;
begin
  foreach held in array array['contact', 'contact_call', 'visit', 'visit_window', 'outreach_stop',
    'counselling_session']
  loop
    execute format('create policy %I on %I using (current_setting(''ieum.purpose'', true) = ''own-data''
      and person is not null and ieum_sees(person, ''case''))', held || '_own_data', held);
  end loop;
end $$;
