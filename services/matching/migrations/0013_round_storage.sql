-- A round's documents as they are: to compress them took longer than to compute the round.

-- migrate:up

alter table round
  alter column frozen set storage external,
  alter column market set storage external,
  alter column result set storage external;
alter table refill
  alter column market set storage external,
  alter column result set storage external;
