-- People in depth: merging, consents, how they registered, and who looked at their data.

-- migrate:up

-- A merged person stays as a pointer to who they are; never a chain.
alter table person add column merged_into uuid references person (id);
create index person_merged_into on person (merged_into) where merged_into is not null;
