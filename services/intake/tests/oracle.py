"""Who may see whom, answered from `access.yaml` and what happened alone: no SQL, nothing of intake's code."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from ieum.common.kernel.dates import korean_date
from ieum.common.web import access

LATELY = timedelta(days=5)
EVERYTHING = frozenset({"*"})
DESKS = {"staff", "official"}
YOUTH, JUNG, NAM = "daegu-youth-centre", "jung-gu-hope", "nam-gu-hope"
AGENCIES = (YOUTH, JUNG, NAM)


@dataclass
class Soul:
    """A person as registered: by an agency, or by a citizen of that subject."""

    id: str
    name: str
    phone: str
    email: str
    agency: str
    subject: str | None = None
    merged_into: str | None = None
    erased: bool = False

    @property
    def clear(self) -> tuple[str, ...]:
        return (self.name, self.phone, self.phone[-8:], self.email)


@dataclass
class Applied:
    id: str
    person: str
    taken_by: str
    run_by: str
    withdrawn_at: datetime | None = None
    programme: str = ""


@dataclass
class Case:
    id: str
    persons: list[str]
    agency: str
    sat_in: set[str] = field(default_factory=set)
    closed_at: datetime | None = None


@dataclass
class Referred:
    id: str
    person: str
    from_agency: str
    to_agency: str
    status: str = "sent"
    returned: bool = False
    changed_at: datetime | None = None


@dataclass
class Consented:
    id: str
    person: str
    agencies: set[str]
    fields: set[str]
    until: date
    withdrawn: bool = False


@dataclass
class Agreed:
    from_agency: str
    to_agency: str
    shares: set[str]
    since: date
    until: date


@dataclass
class Speaks:
    id: str
    person: str
    representative: str
    until: date
    ended: bool = False


@dataclass
class Met:
    """A contact under way or over: of a visit `part_of` is nothing, of an outreach its route.

    `entitles`: by being planned; `took_place`: by having been, at `at`.
    """

    id: str
    kind: str
    person: str
    agency: str
    front: str | None = None
    part_of: str | None = None
    is_open: bool = True
    entitles: bool = True
    took_place: bool = False
    at: datetime | None = None


@dataclass
class Visited:
    id: str
    window: Met


@dataclass
class Written:
    """A draft, or a document."""

    id: str
    person: str


@dataclass
class Reviewed:
    id: str
    person: str
    run_by: str
    reviewers: frozenset[str]


@dataclass
class Imported:
    id: str
    agency: str


@dataclass(frozen=True)
class Who:
    """Who asks, as their token says; no roles: nobody signed in."""

    roles: frozenset[str] = frozenset()
    subject: str = ""
    agency: str | None = None

    @property
    def columns(self) -> frozenset[str]:
        return self.roles or frozenset({"public"})

    @property
    def desk(self) -> str | None:
        """The agency for which they may see people."""
        return self.agency if self.roles & DESKS else None

    @property
    def is_staff(self) -> bool:
        return bool(self.roles & (DESKS | {"operator", "auditor"}))

    @property
    def is_citizen(self) -> bool:
        return self.roles == {"citizen"}


@dataclass
class Town:
    """All that happened, and the moment at which it is asked."""

    now: datetime
    souls: dict[str, Soul] = field(default_factory=dict)
    applied: list[Applied] = field(default_factory=list)
    cases: list[Case] = field(default_factory=list)
    referred: list[Referred] = field(default_factory=list)
    consented: list[Consented] = field(default_factory=list)
    agreed: list[Agreed] = field(default_factory=list)
    speaks: list[Speaks] = field(default_factory=list)
    met: list[Met] = field(default_factory=list)
    visited: list[Visited] = field(default_factory=list)
    drafts: list[Written] = field(default_factory=list)
    documents: list[Written] = field(default_factory=list)
    reviewed: list[Reviewed] = field(default_factory=list)
    imported: list[Imported] = field(default_factory=list)

    def same(self, person: str) -> set[str]:
        """All ids of one person."""
        first = self.souls[person].merged_into or person if person in self.souls else person
        return {first} | {one.id for one in self.souls.values() if one.merged_into == first}

    def is_open(self, ended_at: datetime | None) -> bool:
        return ended_at is None or self.now - ended_at < LATELY

    def serves(self, agency: str | None, person: str) -> bool:
        """Whether an agency registered, takes care of, or was asked by the person."""
        ids = self.same(person)
        return agency is not None and (
            any(one.agency == agency for one in self.souls.values() if one.id in ids)
            or any(
                agency in (one.taken_by, one.run_by) and self.is_open(one.withdrawn_at)
                for one in self.applied
                if one.person in ids
            )
            or any(
                agency in {one.agency, *one.sat_in} and self.is_open(one.closed_at)
                for one in self.cases
                if ids & set(one.persons)
            )
            or any(self._hands(agency, one) for one in self.referred if one.person in ids)
            or any(self._meets(one) for one in self.met if one.agency == agency and one.person in ids)
        )

    def _meets(self, one: Met) -> bool:
        return (one.is_open and one.entitles) or (one.took_place and self.is_open(one.at))

    def _hands(self, agency: str, one: Referred) -> bool:
        lately = one.status != "closed" or self.is_open(one.changed_at)
        if one.from_agency == agency:
            return lately
        taken_on = one.status in ("accepted", "served") or (one.status == "closed" and not one.returned)
        return one.to_agency == agency and taken_on and lately

    def fields(self, agency: str | None, person: str) -> frozenset[str]:
        """What an agency may see of a person: everything, some fields, or nothing."""
        if agency is None:
            return frozenset()
        if self.serves(agency, person):
            return EVERYTHING
        ids, today = self.same(person), korean_date(self.now)
        named = [
            one.fields
            for one in self.consented
            if one.person in ids and agency in one.agencies and one.until >= today and not one.withdrawn
        ]
        shared = [
            one.shares
            for one in self.agreed
            if one.to_agency == agency
            and one.since <= today <= one.until
            and self.serves(one.from_agency, person)
        ]
        return frozenset().union(*named, *shared)

    def own(self, subject: str, person: str) -> bool:
        """Whether a citizen is the person, registered them, or speaks for them."""
        ids, today = self.same(person), korean_date(self.now)
        speakers = [
            id_
            for one in self.speaks
            if one.person in ids and not one.ended and one.until >= today
            for id_ in self.same(one.representative)
        ]
        return any(self._is(subject, id_) for id_ in [*ids, *speakers])

    def _is(self, subject: str, person: str) -> bool:
        return subject in (person, self.souls[person].subject if person in self.souls else None)

    def sees(self, who: Who, person: str, what: str | None = None) -> bool:
        """Whether somebody may see this of a person; None: anything at all."""
        if who.is_citizen:
            return self.own(who.subject, person)
        found = self.fields(who.desk, person)
        return bool(found) and (what is None or bool(found & {"*", what}))


def scopes(who: Who, operation: str) -> set[str]:
    """What the file lets somebody do: the scopes of their roles but `no`."""
    row = access.table()["intake"][operation]
    return {row[column] for column in who.columns} - {"no"}


def refusal(who: Who) -> tuple[int, str]:
    """How somebody is turned away whom the file does not let in."""
    return (403, "forbidden") if who.roles else (401, "unauthenticated")


def leaks(text: str, souls: Iterable[Soul]) -> list[str]:
    """Clear values in an answer that shows none."""
    return [value for soul in souls for value in soul.clear if value in text]
