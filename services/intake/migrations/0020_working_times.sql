-- When somebody is needed at an opening, e.g. {mon-am,mon-pm}.

-- migrate:up

alter table opening add column working_times text[] not null default '{}';
