-- A key has generations, one of them at a time.

-- migrate:up

-- A key issued after its destruction is the next generation, and what sealed before stays destroyed.
create unique index person_key_present on person_key (person, record_class);
drop index person_key_person;
