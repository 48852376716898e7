-- When somebody is needed at an opening, which ranking compares with when a person can be there.

-- migrate:up

alter table opening add column working_times text[] not null default '{}';
alter table rebuild.opening add column working_times text[] not null default '{}';
