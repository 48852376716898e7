-- migrate:up
-- Idempotency-Key (web/idempotency.py). Keyed hashes only: neither the key a client chose nor a body is stored,
-- as either may hold personal data; whoever reads the table without the search secret learns nothing of them.
create table idempotency (
  scope bytea primary key check (octet_length(scope) = 32),          -- of principal, route and Idempotency-Key
  body_hash bytea not null check (octet_length(body_hash) = 32),
  resource uuid not null,
  status smallint not null check (status between 200 and 299),
  created_at timestamptz not null
);

create index idempotency_created_at on idempotency (created_at);

-- migrate:down
drop table idempotency;
