"""Each claim's check is shown a run in which just that claim is broken, and must find it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from .checks import APPLICATION, PERSON, RANKED, SENT, findings, repeats
from .facts import Facts, Leaf, Message, Record

INTAKE, MATCHING, NOTIFY = "/ieum/daegu/intake", "/ieum/daegu/matching", "/ieum/daegu/notify"


def _record(topic: str, offset: int, type_: str, source: str, subject: str, **more: object) -> Record:
    given: dict[str, object] = {
        "key": subject,
        "id": f"{topic}:{subject}:1",
        "sequence": 1,
        "position": (1, offset + 1),
        "partition": 0,
    }
    return Record(topic=topic, offset=offset, type=type_, source=source, subject=subject, **(given | more))  # type: ignore[arg-type]


def _journey(n: int) -> list[Record]:
    """One person from registration to receipt."""
    application, message = f"application-{n}", f"message-{n}"
    ranked = {"cause": f"intake-applications:{application}:1", "about": application}
    return [
        _record("intake-people", n, PERSON, INTAKE, f"person-{n}"),
        _record("intake-applications", n, APPLICATION, INTAKE, application),
        _record("matching-matches", n, RANKED, MATCHING, application, **ranked),
        _record("notify-messages", 2 * n, "queued", NOTIFY, message),
        _record(
            "notify-messages",
            2 * n + 1,
            SENT,
            NOTIFY,
            message,
            id=f"sent:{message}",
            sequence=2,
            position=(1, 2 * n + 2),
        ),
    ]


def _leaves(records: list[Record]) -> tuple[Leaf, ...]:
    ids: set[str] = set()
    leaves = []
    for index, record in enumerate(records):
        leaves.append(Leaf(index, record.topic, record.partition, record.offset, record.id in ids))
        ids.add(record.id)
    return tuple(leaves)


def _good(people: int = 4) -> Facts:
    records = [record for n in range(people) for record in _journey(n)]
    applications = [f"application-{n}" for n in range(people)]
    return Facts(
        people=frozenset(f"person-{n}" for n in range(people)),
        applications=frozenset(applications),
        stored_people=tuple(f"person-{n}" for n in range(people)),
        stored_applications=tuple(applications),
        ranked=tuple(applications),
        records=tuple(records),
        messages=tuple(
            Message(f"message-{n}", f"fact-{n}", f"person-{n}", "submitted", f"application-{n}", "sent")
            for n in range(people)
        ),
        mails=tuple(f"<message-{n}@daegu.ieum.example>" for n in range(people)),
        leaves=_leaves(records),
        logged=frozenset({"intake-people", "intake-applications", "matching-matches", "notify-messages"}),
    )


def _resent(facts: Facts, **changes: object) -> Facts:
    """A relay that died sends the last record of matching-matches again."""
    last = [record for record in facts.records if record.topic == "matching-matches"][-1]
    records = [*facts.records, replace(last, offset=last.offset + 1, **changes)]  # type: ignore[arg-type]
    return facts.but(records=tuple(records), leaves=_leaves(records))


def _edited(facts: Facts, topic: str, offset: int, **changes: object) -> Facts:
    return facts.but(
        records=tuple(
            replace(r, **changes) if (r.topic, r.offset) == (topic, offset) else r  # type: ignore[arg-type]
            for r in facts.records
        )
    )


def _swapped(facts: Facts) -> Facts:
    """The two facts of a message arrive in the wrong order."""
    swap = {0: 1, 1: 0}
    return facts.but(
        records=tuple(
            replace(r, offset=swap.get(r.offset, r.offset)) if r.topic == "notify-messages" else r
            for r in facts.records
        )
    )


def _without(facts: Facts, topic: str, offset: int) -> Facts:
    return facts.but(records=tuple(r for r in facts.records if (r.topic, r.offset) != (topic, offset)))


def test_a_good_run_has_no_findings() -> None:
    assert findings(_good()) == []


def test_a_resend_by_the_relay_is_no_finding_where_the_log_marks_it() -> None:
    facts = _resent(_good())
    assert repeats(facts) == 1
    assert findings(facts) == []


def test_the_same_mail_may_come_twice_after_a_kill_of_its_sender() -> None:
    facts = _good()
    assert findings(facts.but(mails=(*facts.mails, facts.mails[0]), sender_kills=1)) == []


FAULTS: dict[str, tuple[Callable[[Facts], Facts], str]] = {
    "a person is lost": (
        lambda f: f.but(stored_people=f.stored_people[1:]),
        "person answered 2xx has no row (1): person-0",
    ),
    "an application is lost": (
        lambda f: f.but(stored_applications=f.stored_applications[1:]),
        "application answered 2xx has no row (1): application-0",
    ),
    "an event is lost": (
        lambda f: _without(f, "intake-applications", 3),
        "application answered 2xx has no event (1): application-3",
    ),
    "a request has its effect twice": (
        lambda f: f.but(stored_applications=(*f.stored_applications, "application-0-again")),
        "application that no client was answered (1): application-0-again",
    ),
    "a row is doubled": (
        lambda f: f.but(stored_people=(*f.stored_people, "person-2")),
        "person has two rows (1): person-2",
    ),
    "an application is not ranked": (
        lambda f: _without(f, "matching-matches", 3),
        "application is not ranked (1): application-3",
    ),
    "an application is ranked twice": (
        lambda f: _resent(f, id="another", sequence=2, position=(1, 9)),
        "application is ranked twice (1): application-3",
    ),
    "a handler ran twice": (
        lambda f: _resent(f, id="another", sequence=2, position=(1, 9)),
        f"effect twice (1): {RANKED} of application-3 caused by intake-applications:application-3:1",
    ),
    "a ranking is in the topic but not in the rows": (
        lambda f: f.but(ranked=f.ranked[1:]),
        "application has no ranking in matching's rows (1): application-0",
    ),
    "a ranking has two rows": (
        lambda f: f.but(ranked=(*f.ranked, "application-1")),
        "application has two rankings in matching's rows (1): application-1",
    ),
    "two facts of a key are swapped": (_swapped, "notify-messages-0@0 of message-0 is number 2 after 0"),
    "a fact of a key is missing": (
        lambda f: _edited(f, "notify-messages", 1, sequence=3),
        "notify-messages-0@1 of message-0 is number 3 after 1",
    ),
    "a new event has an old position": (
        lambda f: _edited(f, "notify-messages", 5, position=(1, 2)),
        "notify-messages-0@5 has position (1, 2), not above what came before it",
    ),
    "a resend has another number": (
        lambda f: _resent(f, position=(1, 9)),
        "matching-matches-0@4 repeats the id of matching-matches-0@3, but is another record",
    ),
    "a key is in two partitions": (
        lambda f: _edited(f, "notify-messages", 7, partition=1),
        "key in two partitions (1): notify-messages message-3",
    ),
    "two rows for one fact, person and purpose": (
        lambda f: f.but(messages=(*f.messages, replace(f.messages[0], id="message-x"))),
        "two message rows for one fact, recipient and purpose (1): fact-0 person-0 submitted",
    ),
    "two receipts": (
        lambda f: f.but(messages=(*f.messages, replace(f.messages[0], id="message-x", fact="fact-x"))),
        "two receipts for an application (1): application-0",
    ),
    "a message is never sent": (
        lambda f: f.but(messages=(*f.messages[1:], replace(f.messages[0], state="queued"))),
        "application without a receipt sent (1): application-0",
    ),
    "a message is said to be sent, but is not": (
        lambda f: f.but(mails=f.mails[1:]),
        "message is said to be sent, but no mail came (1): message-0",
    ),
    "a mail is repeated though nobody was killed": (
        lambda f: f.but(mails=(*f.mails, f.mails[0])),
        "mail came more often than kills explain (1): <message-0@daegu.ieum.example>",
    ),
    "a second Message-ID for the same message": (
        lambda f: f.but(mails=(*f.mails, "<message-0@elsewhere>")),
        "message was mailed under two Message-IDs (1): message-0",
    ),
    "a Message-ID drawn anew for a repeat": (
        lambda f: f.but(mails=(*f.mails, "<another@daegu.ieum.example>")),
        "mail belongs to no message (1): another",
    ),
    "a record is missing in the log": (
        lambda f: f.but(leaves=tuple(x for x in f.leaves if x.index != len(f.leaves) - 1)),
        "record has no leaf (1): notify-messages-0@7",
    ),
    "a record is twice in the log": (
        lambda f: f.but(leaves=(*f.leaves, replace(f.leaves[0], index=len(f.leaves)))),
        "record has two leaves (1): intake-people-0@0",
    ),
    "the log has a leaf of nothing": (
        lambda f: f.but(leaves=(*f.leaves, Leaf(len(f.leaves), "intake-people", 0, 99, repeats=False))),
        "leaf has no record (1): intake-people-0@99",
    ),
    "the log has a hole": (
        lambda f: f.but(leaves=tuple(replace(x, index=x.index + 1) for x in f.leaves)),
        "the indexes of the leaves are not 0, 1, 2 …",
    ),
    "the log does not mark a repeat": (
        lambda f: _resent(f).but(leaves=tuple(replace(x, repeats=False) for x in _resent(f).leaves)),
        "leaf is wrong about whether its record repeats another (1): matching-matches-0@4",
    ),
    "the log marks what is no repeat": (
        lambda f: f.but(leaves=(replace(f.leaves[0], repeats=True), *f.leaves[1:])),
        "leaf is wrong about whether its record repeats another (1): intake-people-0@0",
    ),
    "an event is parked": (
        lambda f: f.but(parked=("matching-markets intake-people-0@3: KeyError",)),
        "dead letter (1): matching-markets intake-people-0@3: KeyError",
    ),
    "an event waits for ever": (
        lambda f: f.but(waiting=("intake: 3 rows in the outbox",)),
        "still waiting (1): intake: 3 rows in the outbox",
    ),
    "a service fell by itself": (lambda f: f.but(complaints=("audit died",)), "audit died"),
}


@pytest.mark.parametrize("name", FAULTS)
def test_a_planted_fault_is_found(name: str) -> None:
    plant, expected = FAULTS[name]
    assert expected in findings(plant(_good()))
