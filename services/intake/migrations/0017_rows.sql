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

-- Rows that belong to a person or an agency are seen by whom the facts entitle, whatever a handler forgets.
-- What is written is checked by who may see the row that is changed; adding needs a context, as before.

create function ieum_guard(held text, seen text) returns void language plpgsql as $$
begin
  execute format('drop policy %I on %I', held || '_context', held);
  execute format('create policy %I on %I for select using (ieum_context() and (%s))', held || '_seen', held, seen);
  execute format('create policy %I on %I for insert with check (ieum_context())', held || '_added', held);
  execute format('create policy %I on %I for update using (ieum_context() and (%s)) with check (ieum_context())',
    held || '_changed', held, seen);
  execute format('create policy %I on %I for delete using (ieum_context() and (%s))', held || '_dropped', held, seen);
end $$;

-- What is written for a programme and what lies beside it: a consent or agreement names no such part.
select ieum_guard('draft', 'ieum_sees(person, ''draft'')');
select ieum_guard('document_folder', 'ieum_sees(person, ''document'')');
select ieum_guard('document', 'ieum_sees(person, ''document'')');
select ieum_guard('document_chunk', 'ieum_service() or exists (select from document d where d.id = document)');
select ieum_guard('person_change', 'ieum_sees(person, ''registration'')');

-- A review is the programme's agency's, its reviewers' and, as far as its result is shown, the applicant's.
-- `ieum.reviewers` names who leaves and who follows, while what they have not scored passes on.
create function ieum_reviews(panel text[], of_programme text, of_version int) returns boolean
language sql stable as $$
  select current_setting('ieum.actor_kind', true) = 'staff' and (
    current_setting('ieum.actor', true) = any (panel)
    or panel && string_to_array(nullif(current_setting('ieum.reviewers', true), ''), chr(31))
    or exists (select from programme_version v
      where v.programme = of_programme and v.version = of_version and v.agency = ieum_desk()))
$$;
select ieum_guard('review', 'ieum_service() or ieum_reviews(panel, programme, programme_version)
  or ieum_sees(person, ''application'')');
select ieum_guard('review_seat',
  'ieum_service() or exists (select from review r where r.application = review_seat.application)');

-- Imports are their agency's. Which file was read already (a keyed hash) is asked across agencies.
select ieum_guard('import_report', 'ieum_service() or agency = ieum_desk()');
select ieum_guard('import_mapping', 'ieum_service() or agency = ieum_desk()');
select ieum_guard('import_chunk', 'ieum_service() or exists (select from import_report r where r.id = import)');
select ieum_guard('import_problem', 'ieum_service() or exists (select from import_report r where r.id = import)');
select ieum_guard('import_seen', 'ieum_service() or exists (select from import_report r where r.id = import)');

-- Applications by the thousand: their agency's, for the day on which their request may be repeated.
create index application_bulk_created on application_bulk (created_at);
select ieum_guard('application_bulk', 'ieum_service()
  or current_setting(''ieum.actor_kind'', true) = ''staff'' and agency = coalesce(ieum_agency(), '''')');
drop function ieum_guard(text, text);
