"""What is shown of a person without opening them, and what if only some fields may be seen. Pure."""

from __future__ import annotations

from collections.abc import Collection

from pydantic import BaseModel

from ieum.common.events.intake import PersonContact, PersonProfile

PHONE_DIGITS_SHOWN = 2


class Masked(BaseModel):
    """Enough to recognise who stands at the window (안전조치 기준 12: masked on screens and lists)."""

    name: str
    birth_year: int
    phone_end: str | None
    district: str


def masked(contact: PersonContact, profile: PersonProfile, district: str) -> Masked:
    """A person, masked."""
    return Masked(
        name=mask_name(contact.name),
        birth_year=profile.birth_date.year,
        phone_end=contact.phone[-PHONE_DIGITS_SHOWN:] if contact.phone else None,
        district=district,
    )


def mask_name(name: str) -> str:
    """The name with all but the first and last letter hidden: 홍*동, 남**수; of two the first: 홍*."""
    return " ".join(_mask(word) for word in name.split())


def names_contact(fields: Collection[str]) -> bool:
    """Whether one of the fields is of the contact."""
    return not PersonContact.model_fields.keys().isdisjoint(fields)


def names_profile(fields: Collection[str]) -> bool:
    """Whether the profile may be shown: it cannot be without the birth date."""
    return "birth_date" in fields


def limited_contact(contact: PersonContact, fields: Collection[str]) -> PersonContact:
    """The contact with the fields named, the name masked unless it is one of them; the others empty."""
    shown = {name: getattr(contact, name) for name in PersonContact.model_fields if name in fields}
    return PersonContact(**({"name": mask_name(contact.name)} | shown))


def limited_profile(profile: PersonProfile, fields: Collection[str]) -> PersonProfile:
    """The profile with the fields named; the others as if nothing was told."""
    return PersonProfile(
        **{name: getattr(profile, name) for name in PersonProfile.model_fields if name in fields}
    )


def _mask(word: str) -> str:
    if len(word) <= 2:  # noqa: PLR2004 - a first letter, and nothing that would show all the rest
        return word[:1] + "*" * (len(word) - 1)
    return word[0] + "*" * (len(word) - 2) + word[-1]
