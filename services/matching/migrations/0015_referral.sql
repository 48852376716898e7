-- Services that somebody gets by a referral: while it is accepted, its programme is held as a place would be.

-- migrate:up

create table referral (
  id        uuid primary key,
  person    uuid not null,
  programme text not null,
  accepted  boolean not null default false
);
create index referral_person on referral (person);
alter table referral enable row level security;
alter table referral force row level security;
create policy referral_context on referral using (ieum_context()) with check (ieum_context());

-- What a person holds changes with it, so they are screened again (as for a match, migration 0004).
create trigger referral_accepted after update on referral
  referencing new table as fresh for each statement execute function screening_follows_match();
create trigger referral_over after delete on referral
  referencing old table as fresh for each statement execute function screening_follows_match();
