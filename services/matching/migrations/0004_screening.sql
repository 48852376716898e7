-- Which roadmap each person was last told of, and whose is to be looked at again. Nothing of a person stands
-- here in clear: a keyed hash alone, and no day on which anything of theirs turns.

-- migrate:up

create table screening (
  person      uuid primary key,
  screened_on date not null,            -- the day, in Korean time, for which the answers were worked out
  programmes  int not null,             -- how many versions of programmes there were then
  told        bytea,                    -- keyed hash of the roadmap last told; null: none yet
  version     int not null default 0    -- facts published about it
);
create index screening_day on screening (screened_on);
create index screening_programmes on screening (programmes);
alter table screening enable row level security;
alter table screening force row level security;
create policy screening_context on screening using (ieum_context()) with check (ieum_context());

-- Who is to be screened again. Only added to and taken from: whoever tells of a person never waits for it.
create table screening_due (
  id     bigint generated always as identity primary key,
  person uuid not null
);
alter table screening_due enable row level security;
alter table screening_due force row level security;
create policy screening_due_context on screening_due using (ieum_context()) with check (ieum_context());

-- In the transaction of whatever changed, whoever changed it: a profile, or what a person holds. What was told
-- to somebody who is erased is dropped in the transaction that acknowledges it.
create function screening_follows_person() returns trigger language plpgsql as $$
begin
  insert into screening_due (person) select id from fresh order by id;
  delete from screening where person in (
    select s.person from screening s join fresh f on f.id = s.person
    where f.sealed is null order by s.person for update of s);
  return null;
end $$;

create function screening_follows_match() returns trigger language plpgsql as $$
begin
  insert into screening_due (person) select distinct person from fresh;
  return null;
end $$;

create trigger person_told after insert on person
  referencing new table as fresh for each statement execute function screening_follows_person();
create trigger person_changed after update on person
  referencing new table as fresh for each statement execute function screening_follows_person();
create trigger match_made after insert on match
  referencing new table as fresh for each statement execute function screening_follows_match();
create trigger match_changed after update on match
  referencing new table as fresh for each statement execute function screening_follows_match();

-- Who was there before is screened once.
insert into screening_due (person) select id from person where sealed is not null;
