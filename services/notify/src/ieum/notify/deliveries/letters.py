"""From claimed messages to letters: sealed names and addresses are opened here, in memory only."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, TypeVar, cast
from uuid import UUID

from cryptography.hazmat.primitives.keywrap import InvalidUnwrap

from ieum.common.events.envelope import REPLAY_DOMAIN
from ieum.common.events.intake import PersonContact, SafeContact
from ieum.common.events.matching import Explanation
from ieum.common.events.model import PrivateData, Sealed
from ieum.common.privacy import answerlinks
from ieum.common.privacy.sealing import CannotOpen
from ieum.notify.catalogue import actions as catalogue
from ieum.notify.channels.domain import Letter
from ieum.notify.contacts import actions as contacts
from ieum.notify.deliveries.domain import Verdict, quiet_until, unsafe_until
from ieum.notify.templates.domain import Language, Matter, Place, render

if TYPE_CHECKING:
    from ieum.common.postgres import Tx
    from ieum.common.privacy.search import SearchKey
    from ieum.common.service.city import City
    from ieum.common.service.template import Template
    from ieum.notify.catalogue.domain import ProgrammeTold
    from ieum.notify.contacts.domain import Organisation
    from ieum.notify.deliveries.store import Message


P = TypeVar("P", bound=PrivateData)

Broken = CannotOpen | InvalidUnwrap
"""What stands where something was tampered with, or where its key is wrapped under another city's key."""

UNWRAP_DELAY = timedelta(minutes=1)
"""When a message is looked at again whose key does not unwrap: most likely our own set-up is wrong."""


@dataclass(frozen=True)
class Desk:
    """What writing letters needs beside the database: the city's texts, and how it is set up.

    `search` signs their links. `public_url`: where people answer, without a path. `quiet`: whether quiet
    hours are kept.
    """

    city: City
    search: SearchKey
    public_url: str
    quiet: bool


@dataclass(frozen=True)
class Known:
    """All that a batch of messages mentions, opened: by person, organisation, programme, opening, message."""

    people: Mapping[UUID, PersonContact | Broken]
    organisations: Mapping[UUID, Organisation]
    programmes: Mapping[str, ProgrammeTold]
    places: Mapping[str, Place]
    explanations: Mapping[UUID, Explanation | Broken]


async def gather(tx: Tx, messages: Sequence[Message]) -> Known:
    """Look up and open what these messages mention; what was erased is missing."""
    openings = await catalogue.openings(tx, {opening for one in messages for opening in one.openings})
    firms = {one.recipient for one in messages if one.recipient_kind == "organisation"}
    firms |= {opening.organisation for opening in openings.values()}
    organisations = await contacts.organisations(tx, firms)
    return Known(
        people=await _open_people(tx, {one.person for one in messages}),
        organisations=organisations,
        programmes=await catalogue.programmes(tx, {one.programme for one in messages}),
        places={
            str(one.id): Place(one.title, organisations[one.organisation].name)
            for one in openings.values()
            if one.organisation in organisations
        },
        explanations=await _open_explanations(tx, messages),
    )


async def _open_people(tx: Tx, ids: set[UUID]) -> dict[UUID, PersonContact | Broken]:
    known = await contacts.people(tx, ids)
    return await _open(tx, {id_: one.sealed for id_, one in known.items() if one.sealed}, PersonContact)


async def _open_explanations(tx: Tx, messages: Sequence[Message]) -> dict[UUID, Explanation | Broken]:
    return await _open(tx, {one.id: one.explanation for one in messages if one.explanation}, Explanation)


async def _open(tx: Tx, sealed: Mapping[UUID, Sealed], model: type[P]) -> dict[UUID, P | Broken]:
    """Open all; what was erased is left out, and one that is broken does not stop the others."""
    try:
        opened: list[P | Broken | None] = [*await tx.open_all(list(sealed.values()), model)]
    except (CannotOpen, InvalidUnwrap):
        opened = [await _open_one(tx, one, model) for one in sealed.values()]
    return {id_: one for id_, one in zip(sealed, opened, strict=True) if one is not None}


async def _open_one(tx: Tx, sealed: Sealed, model: type[P]) -> P | Broken | None:
    try:
        [opened] = await tx.open_all([sealed], model)
    except (CannotOpen, InvalidUnwrap) as error:
        return error
    return opened


def write(message: Message, known: Known, desk: Desk, now: datetime) -> Letter | Verdict:
    """The letter of a message, or what becomes of it because there cannot be one now."""
    person = known.people.get(message.person)
    if not isinstance(person, PersonContact):
        return _unreadable(person, now)
    address = _address(message, known, person)
    if not address:
        return Verdict("suppressed", now, "no-address")
    if address.endswith(f"@{REPLAY_DOMAIN}"):  # facts of a replay tell nobody
        return Verdict("suppressed", now, "replay")
    template = desk.city.template(message.template or "")
    if template is None:
        return Verdict("failed", now, "no-template")
    safe = _rules(message, person)
    if verdict := _held_back(safe, address, template, now, quiet=desk.quiet):
        return verdict
    matter = _matter(message, known, person, desk, neutral=safe.neutral)
    return _letter(message, template, address, matter, neutral=safe.neutral)


def _held_back(
    safe: SafeContact, address: str, template: Template, now: datetime, *, quiet: bool
) -> Verdict | None:
    """What the person's own rules and quiet hours make of a message; nothing lifts a person's own rule."""
    if address in safe.never:
        return Verdict("suppressed", now, "unsafe-address")
    if safe.neutral and not template.has_neutral:
        return Verdict("suppressed", now, "no-neutral-wording")
    if later := unsafe_until(safe.not_at, now):
        return Verdict("queued", later, "unsafe-hours")
    if quiet and template.quiet_hours and (morning := quiet_until(now)):
        return Verdict("queued", morning, "quiet-hours")
    return None


def _rules(message: Message, person: PersonContact) -> SafeContact:
    """The person's rules of safe contact; a workplace's mailbox is no part of them."""
    own = message.recipient_kind == "person" and person.safe_contact
    return own or SafeContact()


def _unreadable(broken: Broken | None, now: datetime) -> Verdict:
    if isinstance(broken, InvalidUnwrap):
        return Verdict("queued", now + UNWRAP_DELAY, "cannot-unwrap")
    if isinstance(broken, CannotOpen):
        return Verdict("failed", now, "cannot-open")
    return Verdict("suppressed", now, "erased")


def _address(message: Message, known: Known, person: PersonContact) -> str | None:
    if message.recipient_kind == "person":
        return person.email
    return known.organisations[message.recipient].email


def _letter(
    message: Message, template: Template, address: str, matter: Matter, *, neutral: bool
) -> Letter | Verdict:
    written_at = message.queued_at or message.created_at
    try:
        text = render(template, matter, neutral=neutral)
    except KeyError:  # the template asks for what this kind of fact does not have
        return Verdict("failed", written_at, "no-value")
    return Letter(message.id, address, text.subject, text.body, matter.language, written_at)


def _matter(message: Message, known: Known, person: PersonContact, desk: Desk, *, neutral: bool) -> Matter:
    language = cast("Language", message.language or "ko")
    programme = known.programmes[message.programme]
    agency = desk.city.agency(programme.agency)
    explanation = known.explanations.get(message.id)
    page = f"{desk.public_url.rstrip('/')}/matching/applications/{message.application}"
    return Matter(
        language=language,
        name=person.name,
        city=getattr(desk.city.name, language),
        agency=getattr(agency.name, language) if agency else programme.agency,
        programme=programme.name[language],
        facts=message.facts,
        places=known.places,
        reasons=getattr(explanation, language) if isinstance(explanation, Explanation) else (),
        answer_url=_answer_url(message, desk, neutral=neutral),
        interviews_url=f"{page}/interviews/page",
        result_url=f"{page}/result",
    )


def _answer_url(message: Message, desk: Desk, *, neutral: bool) -> str | None:
    """Where the person answers this proposal; None where the message is about something else."""
    if message.purpose != "proposed":
        return None
    token = answerlinks.sign(
        desk.search,
        UUID(message.facts["match"]),
        person=message.person,
        until=datetime.fromisoformat(message.facts["answer_by"]),
        neutral=neutral,
    )
    return f"{desk.public_url.rstrip('/')}{answerlinks.PATH}{token}"
