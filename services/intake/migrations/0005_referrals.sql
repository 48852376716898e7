-- Referrals between agencies, what agencies have room for, and agreements.

-- migrate:up

-- Which agency may refer to which, for which needs and purpose, on what basis, from when to when (KST).
create table agreement (
  id          uuid primary key,
  from_agency text not null,
  to_agency   text not null,
  needs       text[] not null,
  purpose     text not null,
  basis       text not null,
  since       date not null,
  until       date not null,
  sequence    int not null default 1,
  signed_at   timestamptz not null,
  check (from_agency <> to_agency and since <= until)
);
create index agreement_between on agreement (from_agency, to_agency);

-- What an agency has room for; `taken` counts the referrals it owes something to. A row exists as soon as
-- one was sent, so that its lock decides who gets the last place.
create table referral_capacity (
  agency    text not null,
  need      text not null,
  accepting boolean not null default true,
  places    int check (places >= 0),          -- null: no limit was stated
  taken     int not null default 0 check (taken >= 0),
  stated_at timestamptz,                      -- null: the agency said nothing yet
  primary key (agency, need)
);

-- Every referral that is not closed has an owner and a due time: the row is its own timer.
create table referral (
  id          uuid primary key,
  number      text not null unique,
  person      uuid not null references person (id),
  from_agency text not null,
  to_agency   text not null,
  need        text not null,
  programme   text references programme (id),
  urgency     text not null check (urgency in ('normal', 'soon', 'urgent')),
  basis       text not null,
  agreement   uuid references agreement (id),
  district    text not null,                  -- as on the day it was sent, as is the life stage
  life_stage  text not null,
  note        jsonb,                          -- sealed, record class `case`
  answer      jsonb,                          -- sealed: the sentence of a return
  status      text not null check (status in ('sent', 'received', 'accepted', 'returned', 'served', 'closed')),
  reason      text,
  version     int not null,
  owner       text,
  due_at      timestamptz,
  sent_at     timestamptz not null,
  changed_at  timestamptz not null,
  check (from_agency <> to_agency),
  check ((status = 'closed') = (owner is null) and (status = 'closed') = (due_at is null)),
  check ((basis = 'agreement') = (agreement is not null)),
  check (status <> 'returned' or reason is not null)
);
create index referral_due on referral (due_at) where due_at is not null;
create index referral_from on referral (from_agency, sent_at);
create index referral_to on referral (to_agency, sent_at);
create index referral_person on referral (person);

-- The one open referral of a person for a need: `slot` is a keyed hash of both, so that an agency which is
-- no party learns that there is one, and its number, and nothing else.
create table referral_slot (
  slot     bytea primary key,
  referral uuid not null unique,
  number   text not null,
  until    timestamptz not null               -- the end of the programme's window
);

-- What the person carries. Nothing here says what it is about, or which agency it is.
create table referral_ticket (
  number     text primary key,
  place      text,
  from_at    timestamptz,
  until_at   timestamptz,
  check ((place is null) = (from_at is null) and (place is null) = (until_at is null)),
  check (from_at < until_at)
);

-- What happened, told to each agency in an order of its own. The row of the feed is locked until commit, so
-- positions appear without holes: who has read up to one misses nothing before it.
create table referral_feed (
  agency text primary key,
  last   bigint not null
);
create table referral_change (
  agency   text not null,
  position bigint not null,
  referral uuid not null references referral (id),
  fact     text not null,
  version  int not null,
  at       timestamptz not null,
  primary key (agency, position)
);
create index referral_change_referral on referral_change (referral, version);

-- True for this service's own timers.
create function ieum_service() returns boolean language sql stable as $$
  select current_setting('ieum.actor_kind', true) = 'service'
$$;

-- The agency of whoever acts; null where there is none, which equals no agency.
create function ieum_agency() returns text language sql stable as $$
  select nullif(current_setting('ieum.agency', true), '')
$$;

alter table referral enable row level security;
alter table referral force row level security;
-- Whoever answers a person's own request (erasure) asks for theirs wherever they are.
create policy referral_parties on referral
  using (ieum_context() and (ieum_service() or current_setting('ieum.purpose', true) = 'own-data'
    or ieum_agency() in (from_agency, to_agency)))
  with check (ieum_context() and (ieum_service() or current_setting('ieum.purpose', true) = 'own-data'
    or ieum_agency() in (from_agency, to_agency)));

-- A fact is written for both agencies by whoever makes it, and read by each for itself.
alter table referral_change enable row level security;
alter table referral_change force row level security;
create policy referral_change_own on referral_change for select
  using (ieum_context() and (ieum_service() or agency = ieum_agency()));
create policy referral_change_written on referral_change for insert with check (ieum_context());

alter table referral_slot enable row level security;
alter table referral_slot force row level security;
create policy referral_slot_context on referral_slot using (ieum_context()) with check (ieum_context());

alter table referral_ticket enable row level security;
alter table referral_ticket force row level security;
create policy referral_ticket_context on referral_ticket using (ieum_context()) with check (ieum_context());
