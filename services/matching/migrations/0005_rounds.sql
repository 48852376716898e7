-- The whole life of a round: applications closed, a lottery of several contributors, refills, an end.

-- migrate:up

-- state: opened → closed → computed → confirmed → ended, or computed → sent_back; from closed back to opened
-- where a contributor did not reveal. `part` is the platform's own contribution to the lottery, `commitment`
-- its SHA-256; the seed follows from all parts (docs/lottery.md). `frozen` is the market without its seed,
-- from the closing to the computation; `version` counts the facts published.
alter table round
  drop constraint round_state_check,
  drop constraint round_check,
  drop constraint round_check1,
  drop constraint round_check2,
  alter column seed drop not null,
  add column part          bytea check (octet_length(part) = 32),
  add column attempt       int not null default 1,
  add column version       int not null default 1,
  add column frozen        bytea,
  add column frozen_digest text,
  add column lines_root    text,
  add column closed_at     timestamptz,
  add column reveal_by     timestamptz,
  add column ended_at      timestamptz;
update round set part = seed,
  version = case state when 'opened' then 1 when 'computed' then 2 else 3 end;
alter table round
  alter column part set not null,
  add check (state in ('opened', 'closed', 'computed', 'confirmed', 'sent_back', 'ended')),
  add check ((state in ('opened', 'closed')) = (market is null)),
  add check ((market is null) = (result is null)),
  add check (market is null or seed is not null),
  add check ((state in ('confirmed', 'sent_back', 'ended')) = (decided_name is not null));
drop index round_one_running;
create unique index round_one_running on round (programme) where state in ('opened', 'closed', 'computed');

-- Who else contributes to a round's lottery: SHA-256 of their part first, the part itself later.
create table lottery_part (
  round        uuid not null,
  attempt      int not null,
  contributor  text not null,                     -- the account
  party        text not null,                     -- as it stands on the log
  commitment   text not null,
  part         bytea,
  committed_at timestamptz not null,
  revealed_at  timestamptz,
  primary key (round, attempt, contributor),
  unique (round, attempt, commitment)
);
alter table lottery_part enable row level security;
alter table lottery_part force row level security;
create policy lottery_part_context on lottery_part using (ieum_context()) with check (ieum_context());

-- Whose the random ids of a round are. Without its row an id in a market is nobody's any more.
create table round_applicant (
  round       uuid not null,
  alias       text not null,
  application uuid not null,
  person      uuid not null,
  primary key (round, alias),
  unique (round, application)
);
create index round_applicant_person on round_applicant (person);
alter table round_applicant enable row level security;
alter table round_applicant force row level security;
create policy round_applicant_context on round_applicant using (ieum_context()) with check (ieum_context());

-- What came free after a round, given by a market of its own with the same lottery.
create table refill (
  round         uuid not null,
  number        int not null,                     -- from 1
  programme     text not null,
  market        bytea not null,
  result        bytea not null,
  market_digest text not null,
  result_digest text not null,
  lines_root    text not null,
  counts        jsonb not null,
  made_at       timestamptz not null,
  primary key (round, number)
);
alter table refill enable row level security;
alter table refill force row level security;
create policy refill_context on refill using (ieum_context()) with check (ieum_context());

-- Programmes by rounds at which places came free that no refill has looked at yet.
create table refill_due (
  programme text primary key,
  since     timestamptz not null
);

-- What kind of place it is: `open` or `reserve:<group>`; null: rolling.
alter table match add column place text;
