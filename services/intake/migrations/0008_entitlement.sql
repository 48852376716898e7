-- Who may see whom: the facts that entitle an agency, in one place, and row-level security by them.
--
-- `ieum_entitled_to(person)` is asked by the policies below and by the application alike. Functions that look
-- at facts run as the owner of the tables, whom a policy of its own lets through; the application owns nothing.

-- migrate:up

-- The agency of a programme decides who may see its applicants.
alter table programme_version add column agency text generated always as (definition ->> 'agency') stored;

-- Which agencies a consent names, which fields and until when: what is needed to decide, beside the sealed terms.
create table consent_recipient (
  consent uuid not null references consent (id),
  person  uuid not null references person (id),
  agency  text not null,
  fields  text[] not null,
  until   date not null,                -- Korean time, included
  primary key (consent, agency)
);
create index consent_recipient_person on consent_recipient (person);

-- What an agreement lets the other agency see of people whom the first one serves; nothing unless it says so.
alter table agreement add column shares text[] not null default '{}';
create index agreement_to on agreement (to_agency) where shares <> '{}';

-- Who speaks for whom: a guardian or proxy who is a person here too, by the document that staff have seen.
create table representation (
  id             uuid primary key,
  person         uuid not null references person (id),
  representative uuid not null references person (id),
  relation       text not null,
  document       text not null,
  seen_on        date not null,
  until          date not null,         -- Korean time, included
  recorded_by    text not null,
  agency         text not null,
  recorded_at    timestamptz not null,
  ended_at       timestamptz,
  check (person <> representative)
);
create index representation_person on representation (person);
create index representation_representative on representation (representative);

alter table access_record add column urgent boolean not null default false,
  add column masked boolean not null default false;
create index case_person_of on case_person (person, case_id);
drop index case_person_person;

-- Of whoever acts.

create function ieum_now() returns timestamptz language sql stable as $$
  select nullif(current_setting('ieum.now', true), '')::timestamptz
$$;

create function ieum_has_role(roles text[]) returns boolean language sql stable as $$
  select string_to_array(current_setting('ieum.roles', true), ',') && roles
$$;

-- The agency in whose name somebody acts: its staff, its officials, or whoever holds a signed link to it.
-- An operator or auditor acts for no agency, whatever their token says.
create or replace function ieum_agency() returns text language sql stable as $$
  select case when current_setting('ieum.actor_kind', true) = 'staff'
    and ieum_has_role(array['staff', 'official', 'link']) then nullif(current_setting('ieum.agency', true), '') end
$$;

-- The same for those who may see people: a link can be passed on, so it opens nobody.
create function ieum_desk() returns text language sql stable as $$
  select case when ieum_context() and current_setting('ieum.actor_kind', true) = 'staff'
    and ieum_has_role(array['staff', 'official']) then nullif(current_setting('ieum.agency', true), '') end
$$;

-- Whom the desk has before it in this transaction, as the application has said: to recognise them, to take down
-- what they ask for, or because their life is in danger. Never of itself: whoever forgets to say so sees nothing.
create function ieum_met(person uuid) returns boolean language sql stable as $$
  select coalesce(person::text = any (string_to_array(current_setting('ieum.met', true), ',')), false)
$$;

-- Of the person.

-- All ids of one person: the survivor's first, then those merged into it. Ids alone are nobody's data.
create function ieum_same(person uuid) returns uuid[] language plpgsql stable security definer
set search_path = public, pg_temp as $$
declare survivor uuid := coalesce((select p.merged_into from person p where p.id = ieum_same.person), person);
begin
  return survivor || array(select p.id from person p where p.merged_into = survivor order by p.id);
end $$;

create function ieum_known(person uuid) returns boolean language sql stable security definer
set search_path = public, pg_temp as $$
  select exists (select from person p where p.id = ieum_known.person)
$$;

-- A visit of one of these to a window of the agency, as contacts record it; replaced where contacts are kept.
create function ieum_visited(whom uuid[], desk text) returns boolean language sql stable as $$
  select false
$$;

-- Whether the agency serves the person, of whom these are all ids. What ended entitles for five days more, in
-- which what is no longer needed is to be put away (개인정보 보호법 21, 표준 개인정보 보호지침 10).
create function ieum_serves(desk text, whom uuid[]) returns boolean language plpgsql stable security definer
set search_path = public, pg_temp as $$
declare lately timestamptz := ieum_now() - interval '5 days';
begin
  -- It registered them (개인정보 보호법 15(1)3).
  if exists (select from person where id = any (whom) and agency = desk) then return true; end if;
  -- They applied there, or to a programme of the agency (15(1)4).
  if exists (select from application a
    join programme_version v on v.programme = a.programme and v.version = a.programme_version
    where a.person = any (whom) and (a.withdrawn_at is null or a.withdrawn_at > lately)
      and desk in (a.agency, v.agency)) then return true; end if;
  -- It owns a case of theirs, or sat in a conference about it (사회보장급여법 42-2).
  if exists (select from case_person p join case_file f on f.id = p.case_id
    where p.person = any (whom) and (f.closed_at is null or f.closed_at > lately)
      and (f.agency = desk or exists (select from case_conference c where c.case_id = f.id
        and c.participants @> jsonb_build_array(jsonb_build_object('agency', desk))))) then return true; end if;
  -- It referred them and the loop is open, or took the referral on (17(1)2). What was sent back entitles nobody.
  if exists (select from referral r where r.person = any (whom) and (
      r.from_agency = desk and (r.status <> 'closed' or r.changed_at > lately)
      or r.to_agency = desk and (r.status in ('accepted', 'served')
        or r.status = 'closed' and r.reason is null and r.changed_at > lately))) then return true; end if;
  return ieum_visited(whom, desk);
end $$;

-- What the acting agency may see of a person: {*} where it serves them; else the fields that a consent which names
-- it (17(1)1) or an agreement with an agency that serves them (17(1)2) lets it see; else nothing.
create function ieum_entitled_to(person uuid) returns text[] language plpgsql stable security definer
set search_path = public, pg_temp as $$
declare
  desk text := ieum_desk();
  today date := (ieum_now() at time zone 'Asia/Seoul')::date;
  whom uuid[];
begin
  if desk is null then return '{}'; end if;
  whom := ieum_same(person);
  if ieum_serves(desk, whom) then return '{*}'; end if;
  return array(
    select unnest(r.fields) from consent_recipient r join consent c on c.id = r.consent
    where r.person = any (whom) and r.agency = desk and r.until >= today and c.withdrawn_at is null
    union
    select unnest(g.shares) from agreement g
    where g.to_agency = desk and g.shares <> '{}' and today between g.since and g.until
      and ieum_serves(g.from_agency, whom)
    order by 1);
end $$;

create function ieum_entitled(person uuid) returns boolean language sql stable as $$
  select cardinality(ieum_entitled_to(person)) > 0
$$;

-- Whether the signed-in citizen is this person, registered them, or speaks for them (개인정보 보호법 35, 38).
create function ieum_own(person uuid) returns boolean language plpgsql stable security definer
set search_path = public, pg_temp as $$
declare
  whom uuid[] := ieum_same(person);
  me text := current_setting('ieum.actor', true);
  mine bytea := decode(nullif(current_setting('ieum.owner', true), ''), 'hex');
  today date := (ieum_now() at time zone 'Asia/Seoul')::date;
begin
  if exists (select from person p where p.id = any (whom) and (p.id::text = me or p.owner_hash = mine)) then
    return true;
  end if;
  return exists (select from representation r join person p on p.id = any (ieum_same(r.representative))
    where r.person = any (whom) and r.ended_at is null and r.until >= today
      and (p.id::text = me or p.owner_hash = mine));
end $$;

-- Row-level security's question: may whoever acts see this of a person? `what`: null: that there is somebody;
-- else a field or part that a consent or agreement may name.
create function ieum_sees(person uuid, what text default null) returns boolean language plpgsql stable as $$
declare entitled text[];
begin
  if not ieum_context() then return false; end if;
  case current_setting('ieum.actor_kind', true)
    when 'service' then return true;
    when 'person' then return ieum_own(person);
    when 'staff' then
      if ieum_desk() is null then return false; end if;
      if ieum_met(person) then return true; end if;
      entitled := ieum_entitled_to(person);
      return cardinality(entitled) > 0 and (what is null or entitled && array['*', what]);
    else return false;
  end case;
end $$;

-- Ways in by keyed hashes, for desks and services: they give ids, never what is sealed.

create function person_search(phone bytea, birth bytea, part bytea, most int) returns table (id uuid)
language plpgsql stable security definer set search_path = public, pg_temp as $$
declare conditions text := concat_ws(' and ', 'p.erased_at is null',
  case when phone is not null then 'p.phone_hash = $1' end,
  case when birth is not null then 'p.birth_hash = $2' end,
  case when part is not null then 'n.part = $3' end);
begin
  if ieum_desk() is null or coalesce(phone, birth, part) is null then return; end if;
  -- Only what is asked for: a condition that may be switched off gets no index.
  return query execute format('select coalesce(p.merged_into, p.id) from %s where %s
    order by p.registered_at, p.id limit $4',
    case when part is null then 'person p' else 'person_name_part n join person p on p.id = n.person' end,
    conditions) using phone, birth, part, 2 * most;
end $$;

-- Who else has this person's phone or birth date: shared pairs of jamo over all pairs of both names (Jaccard).
create function person_like(whom uuid, most int)
returns table (person uuid, phone boolean, birth boolean, name float)
language plpgsql stable security definer set search_path = public, pg_temp as $$
declare own person%rowtype;
begin
  select * into own from person p where p.id = whom and p.erased_at is null;
  if ieum_desk() is null or own.id is null then return; end if;
  return query execute 'with found as (
      select p.id, p.phone_hash is not distinct from $2 and p.phone_hash is not null as phone,
        p.birth_hash is not distinct from $3 as birth, p.registered_at
      from person p
      where p.id <> $1 and p.erased_at is null and p.merged_into is null
        and (p.phone_hash = $2 or p.birth_hash = $3)),
    counted as (
      select found.*,
        (select count(*) from person_name_pair a join person_name_pair b using (pair)
          where a.person = $1 and b.person = found.id)::float as shared,
        (select count(*) from person_name_pair n where n.person in ($1, found.id))::float as pairs
      from found)
    select c.id, c.phone, c.birth, coalesce(c.shared / nullif(c.pairs - c.shared, 0), 0) as name
    from counted c order by c.phone desc, name desc, c.registered_at, c.id limit $4'
    using own.id, own.phone_hash, own.birth_hash, most;
end $$;

create function person_known(identities bytea[]) returns table (identity_hash bytea, id uuid)
language plpgsql stable security definer set search_path = public, pg_temp as $$
begin
  if ieum_desk() is null then return; end if;
  return query select distinct on (p.identity_hash) p.identity_hash, coalesce(p.merged_into, p.id) from person p
    where p.identity_hash = any (identities) and p.erased_at is null
    order by p.identity_hash, p.registered_at, p.id;
end $$;

-- Whether a case is about somebody whom the actor may see, for a person's own request.
create function ieum_case_of_seen(of uuid) returns boolean language plpgsql stable security definer
set search_path = public, pg_temp as $$
begin
  return exists (select from case_person p where p.case_id = of and ieum_sees(p.person, 'case'));
end $$;

-- Policies. What is written is checked by who may see the row that is changed; adding needs a context.

do $$
declare held text;
begin
  foreach held in array array['consent_recipient', 'representation'] loop
    execute format('alter table %I enable row level security', held);
    execute format('alter table %I force row level security', held);
  end loop;
  -- The owner, in whose name the functions above look at the facts.
  foreach held in array array['person', 'person_name_pair', 'person_name_part', 'application', 'case_file',
    'case_person', 'case_conference', 'referral', 'consent', 'consent_recipient', 'representation']
  loop
    execute format('create policy %I on %I to current_user using (true)', held || '_owner', held);
  end loop;
  foreach held in array array['person', 'person_name_pair', 'person_name_part', 'person_registration',
    'person_merge', 'application', 'application_fact', 'consent', 'consent_acknowledgement', 'appeal', 'erasure',
    'erasure_kept', 'erasure_acknowledgement', 'access_record']
  loop
    execute format('drop policy %I on %I', held || '_context', held);
  end loop;
end $$;

create function ieum_guard(held text, seen text) returns void language plpgsql as $$
begin
  execute format('create policy %I on %I for select using (%s)', held || '_seen', held, seen);
  execute format('create policy %I on %I for insert with check (ieum_context())', held || '_added', held);
  execute format('create policy %I on %I for update using (%s) with check (ieum_context())',
    held || '_changed', held, seen);
  execute format('create policy %I on %I for delete using (%s)', held || '_dropped', held, seen);
end $$;

-- One's own registrations come first: they cost no look-up.
select ieum_guard('person', 'agency = ieum_desk() or ieum_sees(id)');
select ieum_guard('person_name_pair', 'ieum_sees(person, ''search'')');
select ieum_guard('person_name_part', 'ieum_sees(person, ''search'')');
select ieum_guard('person_registration', 'ieum_sees(person, ''registration'')');
select ieum_guard('person_merge', 'ieum_sees(merged, ''merge'') or ieum_sees(survivor, ''merge'')');
select ieum_guard('consent', 'ieum_sees(person)');
select ieum_guard('consent_recipient', 'ieum_sees(person)');
select ieum_guard('consent_acknowledgement', 'exists (select from consent c where c.id = consent)');
select ieum_guard('representation',
  'ieum_sees(person, ''representation'') or ieum_sees(representative, ''representation'')');
select ieum_guard('application', 'agency = ieum_desk() or ieum_sees(person, ''application'')');
select ieum_guard('application_fact',
  'ieum_service() or exists (select from application a where a.id = application)');
select ieum_guard('appeal', 'agency = ieum_desk() or ieum_sees(person, ''application'')');
select ieum_guard('erasure', 'ieum_sees(person, ''erasure'')');
select ieum_guard('erasure_kept', 'ieum_sees(person, ''erasure'')');
select ieum_guard('erasure_acknowledgement', 'ieum_sees(person, ''erasure'')');
-- An auditor reads who looked at whose data, and nothing else of anybody.
select ieum_guard('access_record', 'ieum_sees(person, ''access'')
  or ieum_context() and ieum_has_role(array[''auditor''])');
drop function ieum_guard(text, text);

-- Cases: as before, but a person's own request reaches the cases of that person alone.
create or replace function case_open_to(agency text) returns boolean language sql stable as $$
  select ieum_context() and (current_setting('ieum.actor_kind', true) = 'service' or agency = ieum_desk())
$$;
create policy case_file_own_data on case_file
  using (current_setting('ieum.purpose', true) = 'own-data' and ieum_case_of_seen(id));
create policy case_report_own_data on case_report
  using (current_setting('ieum.purpose', true) = 'own-data' and ieum_case_of_seen(case_id));

drop policy referral_parties on referral;
create policy referral_parties on referral
  using (ieum_context() and (ieum_service() or ieum_agency() in (from_agency, to_agency)
    or current_setting('ieum.purpose', true) = 'own-data' and ieum_sees(person, 'case')))
  with check (ieum_context() and (ieum_service() or ieum_agency() in (from_agency, to_agency)
    or current_setting('ieum.purpose', true) = 'own-data' and ieum_sees(person, 'case')));
