-- Applications that are not finished yet.

-- migrate:up

create table draft (
  id         uuid primary key,
  person     uuid not null references person (id),
  programme  text not null references programme (id),
  content    jsonb not null,               -- sealed, record class `application`: choices and answers
  agency     text,                         -- whose window saves it; null: the person
  version    int not null default 1,
  made_at    timestamptz not null,
  changed_at timestamptz not null,
  expires_at timestamptz not null,
  unique (person, programme)
);
create index draft_expires on draft (expires_at);

alter table draft enable row level security;
alter table draft force row level security;
create policy draft_context on draft using (ieum_context()) with check (ieum_context());
