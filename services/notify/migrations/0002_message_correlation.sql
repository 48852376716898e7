-- A message belongs to the story of the request that began it all; older ones do not know theirs.

-- migrate:up

alter table message add column correlation_id text;
