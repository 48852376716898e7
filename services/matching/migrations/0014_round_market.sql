-- A round's market is what was frozen at the closing, and its seed: it is kept once, not written again with
-- the result. In RFC 8785's order the seed stands behind all that was frozen.

-- migrate:up

alter table round no force row level security;
update round
set frozen = substring(market from 1 for octet_length(market) - octet_length(',"seed":""}') - 2 * octet_length(seed))
  || '}'::bytea
where market is not null;
alter table round force row level security;
alter table round
  drop column market,
  add check ((state = 'opened') = (frozen is null)),
  add check ((state in ('opened', 'closed')) = (result is null)),
  add check (result is null or seed is not null);
