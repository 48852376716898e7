"""A person as told at a window, checked and normalised. Pure: values in, values or a Refusal out."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import ClassVar, Literal
from uuid import UUID

from ieum.common.events.intake import (
    Certificate,
    PersonContact,
    PersonProfile,
    RegistrationChannel,
)
from ieum.common.events.model import PrivateData
from ieum.common.kernel.dates import age_on, parse_date
from ieum.common.kernel.errors import Refusal
from ieum.common.kernel.korean import bigrams, is_person_name, jamo, normalise
from ieum.common.privacy.search import SearchKey
from ieum.common.service.city import City
from ieum.common.service.city_facts import RecordClass

Language = Literal["ko", "en"]

RECORD_CLASSES: tuple[RecordClass, ...] = ("contact", "profile", "application")
"""The classes for which every person has a key from the start."""

HOLDERS = ("matching", "notify", "audit")
"""The services beside intake that hold personal data, and acknowledge erasures and withdrawals."""

AGE_MAX_YEARS = 150
CONSENT_AGE_YEARS = 14
PART_LETTERS_MAX = 12
"""Jamo or Latin letters of a part of a name that are hashed: four syllables."""
_BREAKS = " -'’."
_EMAIL = re.compile(
    r"[A-Za-z0-9._%+-]{1,64}@(?:[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.)+[A-Za-z]{2,63}"
)
_EMAIL_LENGTH_MAX = 254  # RFC 5321, 4.5.3.1.3
Relation = Literal[
    "parent", "grandparent", "legal-guardian", "spouse", "child", "sibling", "institution", "other"
]
Document = Literal["power-of-attorney", "family-certificate", "guardianship-order"]


class Representative(PrivateData):
    """Record class `contact`: who spoke for a person when they were registered. Phone in E.164."""

    record_class: ClassVar[str] = "contact"
    name: str
    phone: str | None = None
    email: str | None = None


@dataclass(frozen=True, slots=True)
class Moment:
    """Something that happened to a person; `about`: the programme it concerns, by its id.

    `event` tells apart what shares moment, kind and id: a number, an event's id, or nothing.
    """

    at: datetime
    kind: str
    id: UUID
    about: str | None
    event: str


@dataclass(frozen=True, slots=True)
class Acting:
    """What is asked of the row under which somebody acts; `absorbed`: others were merged into it."""

    id: UUID
    agency: str
    erased_at: datetime | None
    absorbed: bool


@dataclass(frozen=True)
class Mandate:
    """By what right somebody speaks for a person: the document (위임장 …) seen on a day."""

    relation: Relation
    document: Document
    seen_on: date


@dataclass(frozen=True)
class NewPerson:
    """A person to be registered: two private objects and what is public."""

    contact: PersonContact
    profile: PersonProfile
    district: str
    language: Language = "ko"
    channel: RegistrationChannel | None = None
    representative: Representative | None = None
    mandate: Mandate | None = None


@dataclass(frozen=True)
class Likeness:
    """How much another registration looks like a person; `name` is the share of common jamo pairs, 0 to 1."""

    person: UUID
    phone: bool
    birth: bool
    name: float


NAME_ALIKE = 0.55
"""From this share of pairs (Jaccard) on, names of one birth date may be one: 박서연 and 박서현 have 5/9."""


@dataclass(frozen=True)
class Hashes:
    """Keyed hashes by which a sealed person is found; `identity` is of name, birth date and phone."""

    phone: bytes | None
    birth: bytes
    identity: bytes
    name_pairs: Sequence[bytes]
    name_parts: Sequence[bytes]


def name_of(text: str) -> str:
    """The name in its normal form; raises Refusal `person-name`."""
    if not is_person_name(text):
        raise Refusal(
            "person-name",
            ko="성명은 한글이나 로마자로 2~60자여야 합니다.",
            en="A name has 2 to 60 letters, Hangul or Latin.",
        )
    return normalise(text)


def birth_date_of(text: str, today: date) -> date:
    """The day of birth; raises Refusal as `parse_date`, or `birth-date` for one nobody alive can have."""
    born = parse_date(text)
    if born > today or age_on(born, today) > AGE_MAX_YEARS:
        raise Refusal(
            "birth-date",
            ko="생년월일을 확인해 주시기 바랍니다.",
            en="Please check the date of birth.",
        )
    return born


def birth_date_alone(text: str, today: date) -> date:
    """The day of birth of somebody without a guardian; raises as `birth_date_of`, `check_consent`."""
    born = birth_date_of(text, today)
    check_consent(born, today)
    return born


def email_of(text: str) -> str:
    """A plain ASCII e-mail address (RFC 5321 without quoting); raises Refusal `email-address`."""
    address = text.strip()
    bad_dots = ".." in address or address.startswith(".") or ".@" in address
    if len(address) > _EMAIL_LENGTH_MAX or bad_dots or not _EMAIL.fullmatch(address):
        raise Refusal(
            "email-address",
            ko="올바른 전자우편 주소가 아닙니다. 예: hong@example.kr",
            en="This is not an e-mail address, such as hong@example.kr.",
        )
    return address


def check_registration(person: NewPerson, today: date, *, at_window: bool) -> None:
    """Who may be registered how; raises Refusal `guardian-needed`, `window-needed` or `mandate-date`.

    Under 14 a guardian is there (개인정보 보호법 22-2). Staff alone take documents, paper and calls.
    """
    if not at_window:
        check_consent(person.profile.birth_date, today)
        check_uncertified(person.profile)
        if person.channel != "self":
            raise Refusal(
                "window-needed",
                ko="대리인이나 보호자를 통한 등록은 창구에서 도와드립니다.",
                en="Registering through somebody else is done at a window.",
                pointer="/representative",
            )
    elif age_on(person.profile.birth_date, today) < CONSENT_AGE_YEARS and person.channel != "guardian":
        raise Refusal(
            "guardian-needed",
            ko="만 14세 미만인 분은 보호자의 동의와 연락처가 있어야 등록하실 수 있습니다.",
            en="Whoever is under 14 is registered with a guardian's consent and contact.",
            pointer="/representative",
        )
    if person.mandate and person.mandate.seen_on > today:
        raise Refusal(
            "mandate-date",
            ko="서류를 확인한 날을 다시 살펴봐 주시기 바랍니다.",
            en="The document cannot have been seen on a day to come.",
            pointer="/representative/seen_on",
        )


def check_consent(born: date, today: date) -> None:
    """Nobody under 14 registers alone (개인정보 보호법 22-2); raises Refusal `guardian-needed`."""
    if age_on(born, today) < CONSENT_AGE_YEARS:
        raise Refusal(
            "guardian-needed",
            ko="만 14세 미만인 분은 보호자와 함께 창구에서 등록해 주시기 바랍니다.",
            en="Whoever is under 14 registers at a window, together with a guardian.",
            pointer="/birth_date",
        )


def check_certificate(certificate: Certificate, today: date) -> None:
    """A certificate was seen by today and not after its last day; raises Refusal `certificate-days`."""
    expires = certificate.expires_on
    if certificate.seen_on > today or (expires is not None and expires < certificate.seen_on):
        raise Refusal(
            "certificate-days",
            ko="증명서를 확인한 날은 오늘 이전이고 유효 기간 안이어야 합니다.",
            en="A certificate was seen by today, and within its days.",
        )


def check_uncertified(profile: PersonProfile) -> None:
    """Staff who saw the paper certify a status, nobody their own; raises Refusal `certificate-by-staff`."""
    if profile.certificates:
        raise Refusal(
            "certificate-by-staff",
            ko="증명서는 담당자가 확인한 뒤 등록합니다.",
            en="A certificate is registered by the staff who saw it.",
            pointer="/certificates",
        )


def check_guarded(before: NewPerson, after: NewPerson, today: date, *, alone: bool) -> None:
    """Nobody makes themselves younger than 14 alone, or certifies themselves.

    Raises Refusal `guardian-needed` or `certificate-by-staff`.
    """
    if alone and before.profile.birth_date != after.profile.birth_date:
        check_consent(after.profile.birth_date, today)
    if alone and before.profile.certificates != after.profile.certificates:
        check_uncertified(after.profile)


def changed_fields(before: NewPerson, after: NewPerson) -> list[str]:
    """The names of the fields in which two descriptions of a person differ, in their order."""
    pairs = [(before.contact, after.contact), (before.profile, after.profile)]
    names = [
        name
        for old, new in pairs
        for name in type(old).model_fields
        if getattr(old, name) != getattr(new, name)
    ]
    return names + [
        name for name in ("district", "language") if getattr(before, name) != getattr(after, name)
    ]


def is_likely(found: Likeness) -> bool:
    """Whether staff should look: the same phone, or the same birth date under nearly the same name."""
    return found.phone or (found.birth and found.name >= NAME_ALIKE)


def check_reachable(contact: PersonContact | Representative) -> None:
    """Everybody gets a receipt and a result, so one way to reach them; raises Refusal `contact-missing`."""
    if contact.phone is None and contact.email is None:
        raise Refusal(
            "contact-missing",
            ko="전화번호나 전자우편 주소 가운데 하나는 필요합니다.",
            en="A phone number or an e-mail address is needed.",
            pointer="/phone",
        )


def check_district(city: City, code: str, today: date) -> None:
    """A district's code must hold on the day; raises Refusal `district-unknown`."""
    if city.district_at(code, today) is None:
        raise Refusal(
            "district-unknown",
            ko="오늘 쓰이는 구·군 코드가 아닙니다.",
            en="This district code does not hold today.",
            pointer="/district",
        )


def hashes(search: SearchKey, person: NewPerson) -> Hashes:
    """The keyed hashes of a person."""
    contact = person.contact
    return Hashes(
        phone=phone_hash(search, contact.phone) if contact.phone else None,
        birth=birth_hash(search, person.profile.birth_date),
        identity=identity_hash(search, person),
        name_pairs=name_pairs(search, contact.name),
        name_parts=name_parts(search, contact.name),
    )


def identity_hash(search: SearchKey, person: NewPerson) -> bytes:
    """The hash of name, birth date and phone together: who gives the same three is the same person."""
    contact, born = person.contact, person.profile.birth_date.isoformat()
    return search.of("identity", "\x1f".join((_folded(contact.name), born, contact.phone or "")))


def phone_hash(search: SearchKey, e164: str) -> bytes:
    """The hash of a phone number."""
    return search.of("phone", e164)


def birth_hash(search: SearchKey, born: date) -> bytes:
    """The hash of a day of birth."""
    return search.of("birth-date", born.isoformat())


def name_pairs(search: SearchKey, name: str) -> list[bytes]:
    """The hashes of a name's pairs of jamo; those of a part are among those of the whole."""
    return search.all_of("name", bigrams(_folded(name)))


def name_parts(search: SearchKey, name: str) -> list[bytes]:
    """The hashes of all that begins at a syllable or word of a name: 길동 and 길ㄷ of 홍길동.

    A look-up each: pairs would have to be intersected, and those of 김 are in every fourth name.
    """
    text = normalise(name).casefold()
    starts = [n for n, char in enumerate(text) if _is_hangul(char) or n == 0 or text[n - 1] in _BREAKS]
    letters = [_letters(text[start:])[:PART_LETTERS_MAX] for start in starts]
    return search.all_of("name-part", (part[:end] for part in letters for end in range(2, len(part) + 1)))


def name_part(search: SearchKey, part: str) -> bytes:
    """The hash of a part of a name that is looked for; only its first letters count."""
    return search.of("name-part", _letters(normalise(part).casefold())[:PART_LETTERS_MAX])


def owner_hash(search: SearchKey, subject: str) -> bytes:
    """The hash of a signed-in citizen's subject."""
    return search.of("subject", subject)


def _letters(text: str) -> str:
    return jamo("".join(char for char in text if char not in _BREAKS))


def _is_hangul(char: str) -> bool:
    return "가" <= char <= "힣"


def _folded(name: str) -> str:
    """A name as it is compared: spaces and capitals say nothing about who it is."""
    return normalise(name).replace(" ", "").casefold()
