"""What is asked for, checked: who is in need, of whom, for what."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ieum.common.kernel.errors import Refusal
from ieum.common.kernel.ids import new_id
from ieum.matching.assignment import store
from ieum.matching.assignment.domain import KOREAN, Role
from ieum.matching.assignment.store import Assignment, Needs
from ieum.matching.eligibility import actions as eligibility
from ieum.matching.markets import actions as markets
from ieum.matching.placement import actions as placement

if TYPE_CHECKING:
    from uuid import UUID

    from ieum.common.postgres import Tx
    from ieum.common.service.city import City

NEEDS_FIELD: frozenset[Role] = frozenset({"counsellor", "supervisor"})


@dataclass(frozen=True, slots=True)
class Asked:
    """A worker of a role for a person, or for a case; a mentor for a match."""

    role: Role
    person: UUID | None = None
    case: UUID | None = None
    match: UUID | None = None
    field: str | None = None
    language: str = KOREAN
    district: str | None = None


async def ask(tx: Tx, asked: Asked, agency: str, city: City) -> UUID:
    """Keep that somebody is needed; gives the assignment's id.

    Raises Refusal 404 `unknown-person`, `unknown-case`, `unknown-match`; 422 `unknown-field`,
    `field-missing`, `needs-nobody`; 409 `asked-already`, `person-not-registered`.
    """
    check_field(asked.field, city)
    if asked.role in NEEDS_FIELD and asked.field is None:
        raise Refusal(
            "field-missing",
            ko="상담사와 슈퍼바이저를 요청하실 때에는 분야가 필요합니다.",
            en="Say the field for which a counsellor or a supervisor is needed.",
            pointer="/field",
        )
    person, district = await _whom(tx, asked, agency)
    one = Assignment(
        id=(id_ := new_id(tx.now)),
        role=asked.role,
        agency=agency,
        person=person,
        match=asked.match,
        case_id=asked.case,
        district=asked.district or district,
        needs=await _needs(tx, asked, person, id_),
        state="open",
        worker=None,
        proposed=None,
        why=None,
        version=0,
        requested_at=tx.now,
        decided_by=None,
        decided_name=None,
        decided_at=None,
        reason=None,
    )
    if not await store.insert(tx, one):
        raise Refusal(
            "asked-already",
            ko="이 사례나 연계에는 같은 역할의 담당자가 이미 요청되었거나 배정되었습니다.",
            en="Somebody of this role was asked for or assigned to this case or match already.",
            status=409,
        )
    return id_


def check_field(field: str | None, city: City) -> None:
    """Raise Refusal 422 `unknown-field` unless the city has that field of counselling."""
    if field is not None and city.counselling_field(field) is None:
        raise Refusal(
            "unknown-field",
            ko="해당하는 상담 분야가 없습니다.",
            en="There is no such field of counselling.",
            pointer="/field",
        )


async def _whom(tx: Tx, asked: Asked, agency: str) -> tuple[UUID | None, str | None]:
    if asked.case is not None:
        known = await store.case_known(tx, asked.case, agency)
        if known is None:
            raise _unknown_case()
        return known
    if asked.person is None or (asked.role == "mentor") != (asked.match is not None):
        raise Refusal(
            "needs-nobody",
            ko="대상자나 사례를 지정해 주십시오. 멘토는 대상자와 연계를 함께 지정해 주십시오.",
            en="Name a person or a case; for a mentor a person and their match.",
        )
    await eligibility.check_may_see(tx, asked.person)
    await store.lock_people(tx, [asked.person])
    if asked.match is not None:
        await _check_match(tx, asked.match, asked.person)
    found = (await markets.people(tx, [asked.person])).get(asked.person)
    if found is None or found.sealed is None:
        raise eligibility.unknown()
    return asked.person, found.district


async def _check_match(tx: Tx, match: UUID, person: UUID) -> None:
    if (await placement.find(tx, match)).person != person:
        raise Refusal(
            "unknown-match", ko="해당 제안을 찾을 수 없습니다.", en="There is no such proposal.", status=404
        )


async def _needs(tx: Tx, asked: Asked, person: UUID | None, id_: UUID) -> dict[str, object] | None:
    """Sealed for the person: nobody without a key can be in need of anything that must not be read."""
    needs = Needs(field=asked.field, language=asked.language)
    if needs == Needs():
        return None
    if person is None:
        raise _unknown_case()
    try:
        return (await tx.seal(person, needs, id_)).model_dump(mode="json")
    except LookupError:
        raise Refusal(
            "person-not-registered",
            ko="등록된 대상자에게만 분야나 언어를 지정하여 요청하실 수 있습니다.",
            en="A field or language can be named for a registered person only.",
            status=409,
        ) from None


def _unknown_case() -> Refusal:
    return Refusal(
        "unknown-case", ko="해당 사례를 찾을 수 없습니다.", en="There is no such case.", status=404
    )
