-- Staff, sessions of those who signed in, citizens' sign-ins, and what is known of organisations beyond a name.

-- migrate:up

alter table organisation
  add column corporate_number    text unique,
  add column sequence            int not null default 1,
  add column verified_at         timestamptz,
  add column verified_by         text,          -- an account of staff
  add column verified_on         date,          -- Korean time
  add column verification_source text,
  add column verification_number text,
  add check ((verified_at is null) = (verified_by is null)
    and (verified_at is null) = (verified_on is null)
    and (verified_at is null) = (verification_source is null));

-- An account and who holds it. `account` is what cases name as their owner, and never given anew.
create table staff (
  id            uuid primary key,
  account       text not null unique,
  agency        text,
  roles         text[] not null check (cardinality(roles) > 0),
  identity      jsonb,                -- sealed, record class `contact`; null: destroyed
  email_hash    bytea,                -- keyed: by what they sign in for the first time
  subject_hash  bytea unique,         -- keyed: the provider's subject, from the first sign-in on
  since         date not null,        -- Korean time, as is `until`; both included
  until         date check (until >= since),
  version       int not null default 1,
  registered_at timestamptz not null,
  left_at       timestamptz,
  reason        text,
  forget_on     date,
  check ((left_at is null) = (reason is null) and (left_at is null) = (forget_on is null))
);
create unique index staff_email on staff (email_hash) where left_at is null;
create index staff_until on staff (until) where left_at is null;
create index staff_forget_on on staff (forget_on) where identity is not null;

-- Who was given which access when, and by whom.
create table staff_change (
  staff   uuid not null references staff (id),
  version int not null,
  change  text not null check (change in ('registered', 'changed', 'left')),
  agency  text,
  roles   text[] not null,
  by      text not null,
  at      timestamptz not null,
  primary key (staff, version)
);

-- Whom a citizen's sign-in speaks for: the person's id, kept for them until they register.
create table citizen (
  subject       uuid primary key,
  login_hash    bytea not null unique,   -- keyed: the provider and its subject
  registered_at timestamptz
);

-- A sign-in on its way to the provider and back: used once, by the browser that began it.
create table sign_in (
  state_hash   bytea primary key,
  browser_hash bytea not null,
  nonce        text not null,
  verifier     text not null,
  next         text not null,
  kind         text not null check (kind in ('staff', 'citizen')),
  expires_at   timestamptz not null
);
create index sign_in_expires on sign_in (expires_at);

create table session (
  id          uuid primary key,        -- in the token; says nothing to anybody else
  secret_hash bytea not null unique,
  kind        text not null check (kind in ('staff', 'citizen')),
  subject     text not null,
  staff       uuid references staff (id),
  agency      text,                    -- as at the sign-in, as are the roles: another one ends the session
  roles       text[] not null,
  started_at  timestamptz not null,
  seen_at     timestamptz not null,
  ends_at     timestamptz not null,
  check ((kind = 'staff') = (staff is not null))
);
create index session_staff on session (staff);
create index session_ends on session (ends_at);

do $$
declare held text;
begin
  foreach held in array array['staff', 'staff_change', 'citizen', 'sign_in', 'session']
  loop
    execute format('alter table %I enable row level security', held);
    execute format('alter table %I force row level security', held);
    execute format('create policy %I on %I using (ieum_context()) with check (ieum_context())',
      held || '_context', held);
  end loop;
end $$;

-- While an account's work passes on, its place among the readers of restricted notes does too; what they say
-- stays sealed. (An update must see the row it leaves behind, which names the leaver no more.)
create policy case_note_passed_on on case_note
  using (ieum_context() and nullif(current_setting('ieum.leaving', true), '') is not null
    and exists (select from case_file where id = case_id));
