"""The claims, checked over facts: nothing answered 2xx is lost, nothing has its effect twice, order holds.

Each check gives its findings as sentences; a run is good when there are none. They share nothing with the
code they check: a repeat, for instance, is known by the event's id alone, and its position is checked.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator

from .facts import Facts, Leaf, Message, Record

PERSON = "kr.ieum.intake.person.registered.v1"
APPLICATION = "kr.ieum.intake.application.submitted.v1"
RANKED = "kr.ieum.matching.match.ranked.v1"
RECEIPTS = frozenset({"submitted", "ineligible"})
SENT = "kr.ieum.notify.message.sent.v1"
SHOWN_MAX = 5


def findings(facts: Facts) -> list[str]:
    """Everything that is wrong; empty for a good run."""
    return [finding for check in CHECKS for finding in check(facts)]


def nothing_answered_is_lost(facts: Facts) -> Iterator[str]:
    """Every id answered 2xx is a row of intake and one event of its topic."""
    for what, answered, stored, type_ in (
        ("person", facts.people, facts.stored_people, PERSON),
        ("application", facts.applications, facts.stored_applications, APPLICATION),
    ):
        told = {record.subject for record in _first(facts.records) if record.type == type_}
        yield from _some(f"{what} answered 2xx has no row", answered - set(stored))
        yield from _some(f"{what} answered 2xx has no event", answered - told)
        yield from _some(f"{what} in the database has no event", set(stored) - told)
        yield from _some(f"{what} has an event but no row", told - set(stored))


def nothing_is_made_twice(facts: Facts) -> Iterator[str]:
    """A client that repeats its request makes nothing twice: as many rows as there were requests."""
    for what, answered, stored in (
        ("person", facts.people, facts.stored_people),
        ("application", facts.applications, facts.stored_applications),
    ):
        yield from _some(f"{what} that no client was answered", set(stored) - answered)
        yield from _some(f"{what} has two rows", _repeated(stored))


def order_holds_within_each_key(facts: Facts) -> Iterator[str]:
    """Repeats apart, an aggregate's sequence is 1, 2, 3 … in the order of offsets; repeats change nothing."""
    for place, records in _by_place(facts.records).items():
        seen: dict[str, Record] = {}
        latest: dict[tuple[str, str], int] = defaultdict(int)
        highest: dict[str, tuple[int, int]] = defaultdict(lambda: (0, 0))
        for record in records:
            if (earlier := seen.setdefault(record.id, record)) is not record:
                yield from _repeat(earlier, record)
                continue
            if record.position <= highest[record.source]:
                yield f"{record.name} has position {record.position}, not above what came before it"
            highest[record.source] = max(highest[record.source], record.position)
            aggregate = (record.source, record.subject)
            if record.sequence != latest[aggregate] + 1:
                after = latest[aggregate]
                yield f"{record.name} of {record.subject} is number {record.sequence} after {after}"
            latest[aggregate] = record.sequence
        yield from _no_holes(place, records)


def a_key_stays_in_its_partition(facts: Facts) -> Iterator[str]:
    """All records of a key lie in one partition of a topic: order means nothing otherwise."""
    partitions: dict[tuple[str, str], set[int]] = defaultdict(set)
    for record in facts.records:
        partitions[record.topic, record.key].add(record.partition)
    split = {f"{topic} {key}" for (topic, key), found in partitions.items() if len(found) > 1}
    yield from _some("key in two partitions", split)


def every_application_is_ranked_once(facts: Facts) -> Iterator[str]:
    """One ranking, told once, for every application answered 2xx; the same in matching's own rows."""
    told = Counter(
        record.about or record.subject for record in _first(facts.records) if record.type == RANKED
    )
    yield from _some("application is not ranked", facts.applications - told.keys())
    yield from _some("application is ranked twice", _repeated(told.elements()))
    yield from _some("application has no ranking in matching's rows", facts.applications - set(facts.ranked))
    yield from _some("application has two rankings in matching's rows", _repeated(facts.ranked))


def an_event_is_caused_once(facts: Facts) -> Iterator[str]:
    """No handler ran twice: one event causes one event of a type about a subject."""
    effects = [
        f"{record.type} of {record.subject} caused by {record.cause}"
        for record in _first(facts.records)
        if record.cause
    ]
    yield from _some("effect twice", _repeated(effects))


def every_application_has_one_receipt(facts: Facts) -> Iterator[str]:
    """One message row for a fact, person and purpose, and it was sent."""
    yield from _some(
        "two message rows for one fact, recipient and purpose",
        _repeated(f"{m.fact} {m.recipient} {m.purpose}" for m in facts.messages),
    )
    receipts = [message for message in facts.messages if message.purpose in RECEIPTS]
    yield from _some("two receipts for an application", _repeated(m.application for m in receipts))
    sent = {message.application for message in receipts if message.state == "sent"}
    yield from _some("application without a receipt sent", facts.applications - sent)


def every_message_is_one_mail(facts: Facts) -> Iterator[str]:
    """One Message-ID for a message, and none without one. The same Message-ID may come again: a kill
    between SMTP's answer and the commit leaves the sender no choice; without so many kills it may not."""
    sent = {message.id for message in facts.messages if message.state == "sent"}
    mailed = {_message_of(message_id) for message_id in facts.mails}
    ids = {message.id for message in facts.messages}
    yield from _some("message is said to be sent, but no mail came", sent - mailed)
    yield from _some("mail belongs to no message", mailed - ids)
    yield from _some(
        "message was mailed under two Message-IDs", _repeated(map(_message_of, set(facts.mails)))
    )
    often = {mail for mail, times in Counter(facts.mails).items() if times > 1 + facts.sender_kills}
    yield from _some("mail came more often than kills explain", often)
    told = Counter(record.subject for record in _first(facts.records) if record.type == SENT)
    yield from _some("sent message has no event", sent - told.keys())
    yield from _some("message is told as sent twice", _repeated(told.elements()))


def the_log_has_every_record_once(facts: Facts) -> Iterator[str]:
    """Leaves cover each logged partition from 0 to its end, each once; repeats, and only they, are marked."""
    yield from _indexes(facts.leaves)
    leaves = {(leaf.topic, leaf.partition, leaf.offset): leaf for leaf in facts.leaves}
    records = {(r.topic, r.partition, r.offset): r for r in facts.records if r.topic in facts.logged}
    yield from _some("record has no leaf", {_name(place) for place in records.keys() - leaves.keys()})
    yield from _some("leaf has no record", {_name(place) for place in leaves.keys() - records.keys()})
    yield from _some(
        "record has two leaves", _repeated(_name((x.topic, x.partition, x.offset)) for x in facts.leaves)
    )
    firsts = {record.name for record in _first(facts.records)}
    wrong = {
        record.name
        for place, record in records.items()
        if place in leaves and leaves[place].repeats == (record.name in firsts)
    }
    yield from _some("leaf is wrong about whether its record repeats another", wrong)


def nothing_waits_or_is_parked(facts: Facts) -> Iterator[str]:
    """Kills alone put nothing into the dead letters, and leave nothing unsent or unread for ever."""
    yield from _some("dead letter", set(facts.parked))
    yield from _some("still waiting", set(facts.waiting))
    yield from facts.complaints


CHECKS: tuple[Callable[[Facts], Iterable[str]], ...] = (
    nothing_answered_is_lost,
    nothing_is_made_twice,
    order_holds_within_each_key,
    a_key_stays_in_its_partition,
    every_application_is_ranked_once,
    an_event_is_caused_once,
    every_application_has_one_receipt,
    every_message_is_one_mail,
    the_log_has_every_record_once,
    nothing_waits_or_is_parked,
)


def repeats(facts: Facts) -> int:
    """How many records repeat an earlier one: what relays that were killed sent again."""
    return len(facts.records) - len(_first(facts.records))


def _first(records: Iterable[Record]) -> list[Record]:
    """The records without those that repeat the id of an earlier one of their partition."""
    found: dict[tuple[str, int, str], Record] = {}
    for record in sorted(records, key=lambda r: (r.topic, r.partition, r.offset)):
        found.setdefault((*record.place, record.id), record)
    return list(found.values())


def _by_place(records: Iterable[Record]) -> dict[tuple[str, int], list[Record]]:
    places: dict[tuple[str, int], list[Record]] = defaultdict(list)
    for record in sorted(records, key=lambda r: r.offset):
        places[record.place].append(record)
    return places


def _repeat(earlier: Record, record: Record) -> Iterator[str]:
    if (earlier.position, earlier.subject, earlier.sequence) != (
        record.position,
        record.subject,
        record.sequence,
    ):
        yield f"{record.name} repeats the id of {earlier.name}, but is another record"


def _no_holes(place: tuple[str, int], records: list[Record]) -> Iterator[str]:
    if [record.offset for record in records] != list(range(len(records))):
        yield f"{place[0]}-{place[1]} was not read whole"


def _indexes(leaves: Iterable[Leaf]) -> Iterator[str]:
    indexes = sorted(leaf.index for leaf in leaves)
    if indexes != list(range(len(indexes))):
        yield "the indexes of the leaves are not 0, 1, 2 …"


def _message_of(message_id: str) -> str:
    """The message's id as its Message-ID has it before the @ (RFC 5322, section 3.6.4)."""
    return message_id.strip("<> ").partition("@")[0]


def _name(place: tuple[str, int, int]) -> str:
    return f"{place[0]}-{place[1]}@{place[2]}"


def _repeated(values: Iterable[str]) -> set[str]:
    return {value for value, count in Counter(values).items() if count > 1}


def _some(what: str, which: Iterable[str]) -> Iterator[str]:
    """One finding for all of a kind, with the first few named."""
    named = sorted(which)
    if named:
        more = f" and {len(named) - SHOWN_MAX} more" if len(named) > SHOWN_MAX else ""
        yield f"{what} ({len(named)}): {', '.join(named[:SHOWN_MAX])}{more}"


__all__ = ["CHECKS", "Message", "findings", "repeats"]
