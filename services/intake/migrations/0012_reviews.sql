-- Reviewers' scores of applications.

-- migrate:up

create table review (
  application       uuid primary key references application (id),
  person            uuid not null references person (id),
  programme         text not null references programme (id),
  programme_version int not null,
  panel             text[] not null,       -- who may score it, in order: the first take the seats
  named_by          text not null,
  named_at          timestamptz not null,
  total             int,                   -- hundredths of a point
  criteria          jsonb,                 -- averages, likewise
  completed_at      timestamptz,
  check ((total is null) = (completed_at is null))
);
create index review_programme on review (programme);
create index review_person on review (person);

create table review_seat (
  application uuid not null references review (application) on delete cascade,
  reviewer    text not null,
  version     int not null default 1,
  conflict    text check (conflict in ('kin', 'work', 'other')),  -- stepped back; another takes the seat
  scores      jsonb,
  note        jsonb,                       -- sealed, record class `application`
  scored_at   timestamptz,
  primary key (application, reviewer),
  check ((scores is null) = (scored_at is null)),
  check (conflict is null or scores is null)
);
create index review_seat_reviewer on review_seat (reviewer);

do $$
declare held text;
begin
  foreach held in array array['review', 'review_seat']
  loop
    execute format('alter table %I enable row level security', held);
    execute format('alter table %I force row level security', held);
    execute format('create policy %I on %I using (ieum_context()) with check (ieum_context())',
      held || '_context', held);
  end loop;
end $$;
