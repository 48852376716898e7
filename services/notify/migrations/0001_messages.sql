-- Who can be reached how, what messages tell of, and the messages themselves.

-- migrate:up

-- How a person is reached, as ciphertext only. After erasure the row stays as a tombstone without content, so
-- that a fact which comes late is known to be about somebody who is to be forgotten.
create table contact (
  person           uuid primary key,
  sealed           jsonb,                    -- record class `contact`; null: erased
  language         text check (language in ('ko', 'en')),
  district         text,
  sequence         int not null,             -- of the last fact applied
  acknowledgements int not null default 0,   -- erasures acknowledged
  erased_at        timestamptz,
  check ((sealed is null) = (erased_at is not null))
);
alter table contact enable row level security;
alter table contact force row level security;
create policy contact_context on contact using (ieum_context()) with check (ieum_context());

-- An organisation's name and mailbox are public.
create table organisation (
  id       uuid primary key,
  name     text not null,
  email    text,
  sequence int not null
);

create table programme (
  id       text primary key,
  version  int not null,
  name     jsonb not null,                   -- {ko, en}
  agency   text not null,
  messages jsonb not null                    -- purpose -> template
);

create table opening (
  id           uuid primary key,
  organisation uuid not null,                -- no foreign key: topics have no order among one another
  title        text not null,
  sequence     int not null
);

-- One row per fact, recipient and purpose; `id` follows from the three and makes the Message-ID. The text is
-- nowhere: it is made from template, facts and opened contact when it is sent, in memory.
create table message (
  id             uuid primary key,
  fact           uuid not null,              -- the event told of
  purpose        text not null,              -- what the programme calls the occasion: submitted, proposed …
  recipient      uuid not null,
  recipient_kind text not null check (recipient_kind in ('person', 'organisation')),
  person         uuid not null,              -- whom it is about
  application    uuid not null,
  programme      text not null,
  facts          jsonb not null,             -- public facts that the text mentions
  openings       uuid[] not null,            -- openings among them, whose names the text needs
  explanation    jsonb,                      -- sealed, record class `application`
  template       text,                       -- known once the programme is
  language       text check (language in ('ko', 'en')),
  state          text not null check (state in ('awaiting_contact', 'queued', 'sending', 'sent', 'failed', 'suppressed')),
  reason         text,                       -- of the last failure, or why it ended
  attempts       int not null default 0,
  version        int not null default 0,     -- facts published about it
  lease          uuid,                       -- whose turn it is while `sending`
  due_at         timestamptz not null,       -- next look; while `sending`: when the lease runs out
  give_up_at     timestamptz not null,
  created_at     timestamptz not null,
  queued_at      timestamptz,
  ended_at       timestamptz,
  unique (fact, recipient, purpose),
  check ((state = 'sending') = (lease is not null))
);
alter table message enable row level security;
alter table message force row level security;
create policy message_context on message using (ieum_context()) with check (ieum_context());

-- A receipt comes once per application, though matching may rank it again when a late fact arrives.
create unique index message_receipt on message (application, purpose) where purpose in ('submitted', 'ineligible');
create index message_due on message (due_at) where state in ('queued', 'sending');
create index message_awaiting on message (created_at) where state = 'awaiting_contact';
create index message_recipient on message (recipient, created_at);
create index message_explained on message (person) where explanation is not null;
