"""Programmes: what a new version must be, and what it may name."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from ieum.common.events.programme import Programme
from ieum.common.kernel.errors import Refusal
from ieum.common.kernel.ids import derived_id
from ieum.common.service.city import City
from ieum.common.service.city_check import unknown_names

_NAMESPACE = UUID("0d3a3bb4-5f0a-5c1b-9a63-7a1f7a1f0c01")


@dataclass(frozen=True)
class Present:
    """The version that is published now."""

    version: int
    definition: Programme
    published_at: datetime


def resource_of(programme: str) -> UUID:
    """The id by which an idempotent request remembers a programme, which itself is named by text."""
    return derived_id(_NAMESPACE, programme)


def is_new(present: Present | None, wanted: Programme) -> bool:
    """Whether it is a new version; False where it is the present one, word for word.

    Raises Refusal 409: `programme-changed` for another content under the same version,
    `programme-version` where the version does not grow by one. A first one may have any version.
    """
    if present is None or wanted.version == present.version + 1:
        return True
    if wanted.version != present.version:
        following = present.version + 1
        raise Refusal(
            "programme-version",
            ko=f"지금 공개된 판은 {present.version}판입니다. 바꾸시려면 {following}판으로 올려 주십시오.",
            en=f"Version {present.version} is published. A change must be version {following}.",
            status=409,
        )
    if wanted != present.definition:
        raise Refusal(
            "programme-changed",
            ko=f"{present.version}판은 이미 공개되었고 내용이 다릅니다. 판 번호를 하나 올려 주십시오.",
            en=f"Version {present.version} is published with another content. Raise the version by one.",
            status=409,
        )
    return False


def check_agency(programme: Programme, agency: str | None, *, operator: bool) -> None:
    """Staff publish for their own agency only; raises Refusal 403 `programme-of-another-agency`."""
    if not operator and agency != programme.agency:
        raise Refusal(
            "programme-of-another-agency",
            ko="다른 기관의 사업은 공개하실 수 없습니다.",
            en="Only the agency that runs a programme publishes it.",
            status=403,
        )


def check_names(city: City, programme: Programme) -> None:
    """What it names must be in the city's pack; raises Refusal `programme-names-unknown`."""
    if unknown := list(unknown_names(city, programme)):
        places = [".".join(map(str, one.loc)) for one in unknown]
        raise Refusal(
            "programme-names-unknown",
            ko="\n".join(f"{place}: {one.ko}" for place, one in zip(places, unknown, strict=True)),
            en="\n".join(f"{place}: {one.en}" for place, one in zip(places, unknown, strict=True)),
        )
