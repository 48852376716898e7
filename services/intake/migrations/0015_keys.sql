-- What holds a person's key of class `case`, under which key-encryption key a key lies, and where destroyed
-- keys still lie.

-- migrate:up

-- A closed referral keeps what was written of it as long as a closed case does.
alter table referral add column case_until date;    -- Korean time; set when it is closed
create index referral_case_until on referral (case_until)
  where case_until is not null and (note is not null or answer is not null);

-- Who is asked here are all agencies' cases and referrals: for the service's own timers.
select set_config('ieum.actor', 'migration', true), set_config('ieum.actor_kind', 'service', true),
  set_config('ieum.purpose', 'operation', true);
update referral set case_until = ((changed_at at time zone 'Asia/Seoul')::date + interval '5 years')::date
where status = 'closed';

-- All that lies sealed under a person's key of class `case`. `until` is null while it is open: then, and until
-- the latest day of all of it, the key stays.
create view case_holding with (security_invoker) as
  select p.person, f.case_until as until
  from case_file f join case_person p on p.case_id = f.id and p.first
  where f.forgotten_at is null
union all
  select r.person, r.case_until
  from referral r where r.note is not null or r.answer is not null;

-- A key-encryption key can be exchanged: `kek` names the one that wrapped, empty where nobody knows.
alter table person_key add column kek text not null default '',
  add column version int not null default 1;

-- When a key was destroyed, and when the record after its tombstone closed the segment of Kafka's that holds it.
create table key_burial (
  kid          text not null,
  person       uuid not null,
  destroyed_at timestamptz not null,
  rolled_at    timestamptz,
  primary key (kid, destroyed_at)
);
create index key_burial_person on key_burial (person, destroyed_at);
create index key_burial_waiting on key_burial (destroyed_at) where rolled_at is null;
alter table key_burial enable row level security;
alter table key_burial force row level security;
create policy key_burial_context on key_burial using (ieum_context()) with check (ieum_context());

-- When an operator's command wrote the tables anew and ended the WAL; nothing destroyed before is in them.
create table key_sweep (
  began_at timestamptz primary key,
  ended_at timestamptz not null
);
