"""HTTP routes of people. Nothing is shown in clear unless a reason is given, which is recorded."""

from __future__ import annotations

from datetime import date, datetime
from typing import TYPE_CHECKING, Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Query
from pydantic import BaseModel
from starlette.requests import Request
from starlette.responses import Response

from ieum.common.events.intake import PersonContact, PersonProfile
from ieum.common.kernel.dates import korean_date, parse_date
from ieum.common.kernel.errors import Refusal
from ieum.common.kernel.forbidden import find_forbidden, refusal
from ieum.common.kernel.phones import to_e164
from ieum.common.privacy import purposes
from ieum.common.web import Principal, Version, create, etag, requires, unit
from ieum.intake.people import actions, correcting, domain
from ieum.intake.people.actions import Desk
from ieum.intake.people.bodies import CorrectPerson, RegisterPerson, corrected, read
from ieum.intake.people.domain import Representative
from ieum.intake.people.masking import Masked

if TYPE_CHECKING:
    from ieum.common.postgres import Tx
    from ieum.intake.people.store import PersonRow

router = APIRouter(tags=["people"])

SEARCH = "창구 검색"
SHOWN = "가려서 보기"

Reason = Annotated[str | None, Query(min_length=2, max_length=200, description="왜 보는지 / why")]
Urgent = Annotated[
    Literal["danger-to-life"] | None, Query(description="생명이 위급할 때만 / only where a life is in danger")
]


class RegistrationView(BaseModel):
    """How a person was registered, and by what right somebody spoke for them; who, only for a reason."""

    channel: str
    recorded_by: str
    relation: str | None = None
    document: str | None = None
    seen_on: date | None = None
    representative: Representative | None = None


class PersonView(BaseModel):
    """A person: `sealed` while nothing is opened; `contact` and `profile` only for a reason.

    `version` is the ETag to be sent as If-Match by who changes it. `merged_into`: who this person is now.
    `masked`: to staff, what is shown without opening anything. `fields`: the only ones of what was opened
    that a consent or agreement lets one's agency see; None: all.
    `duplicates`: to staff who register somebody, who else may be the same person.
    """

    id: UUID
    version: int
    sealed: bool
    erased: bool
    district: str
    life_stage: str
    language: str
    agency: str
    registered_at: datetime
    merged_into: UUID | None = None
    duplicates: list[UUID] = []
    masked: Masked | None = None
    fields: list[str] | None = None
    contact: PersonContact | None = None
    profile: PersonProfile | None = None
    registration: RegistrationView | None = None


class FoundView(Masked):
    """Somebody who was found: enough to recognise them. `entitled`: whether one's agency may open them."""

    id: UUID
    entitled: bool


class PersonList(BaseModel):
    """Who was found, at most 50, the first registered first."""

    items: list[FoundView]


@router.post("/people", status_code=201)
async def register(
    request: Request,
    response: Response,
    body: RegisterPerson,
    principal: Principal = requires(),
) -> PersonView:
    """Register a person; the data is sealed before it is stored."""
    here = Desk.of(request.app.state.service)

    async def do(tx: Tx) -> UUID:
        person = read(body, here.city, korean_date(tx.now))
        domain.check_registration(person, korean_date(tx.now), at_window=tx.actor.kind != "person")
        return (await actions.register(tx, here, [person]))[0]

    async def show(tx: Tx, id_: UUID) -> PersonView:
        shown = view(await actions.shown(tx, here, id_))
        if tx.actor.kind != "staff":  # who else is registered is nobody else's business
            return shown
        alike = [one.person for one in await actions.likely(tx, id_)]
        return shown.model_copy(update={"duplicates": alike})

    made = await create(request, principal, body, purposes.INTAKE, do=do, show=show)
    if isinstance(made, PersonView):  # else a ready answer, with another status
        response.headers["ETag"] = etag(made.version)
    return made


@router.get("/people")
async def search(
    request: Request,
    phone: Annotated[str | None, Query(min_length=1, max_length=40)] = None,
    birth_date: Annotated[str | None, Query(min_length=1, max_length=40)] = None,
    name: Annotated[str | None, Query(min_length=2, max_length=60)] = None,
    principal: Principal = requires(),
) -> PersonList:
    """Find anybody by keyed hashes: by phone, birth date or a part of the name, all that is given.

    So that nobody tells their story twice, wherever they told it first; shown masked, and recorded for each.
    """
    if phone is None and birth_date is None and name is None:
        raise Refusal(
            "search-empty",
            ko="전화번호, 생년월일, 성명 가운데 하나는 적어 주십시오.",
            en="Give a phone number, a birth date or a name.",
        )
    async with unit(request, principal, purposes.INTAKE) as tx:
        found = await actions.find(
            tx,
            Desk.of(request.app.state.service),
            phone=to_e164(phone) if phone else None,
            birth_date=parse_date(birth_date) if birth_date else None,
            name=name,
        )
        masked = await actions.masked(tx, found, reason=SEARCH)
        entitled = await actions.entitled(tx, masked)
        return PersonList(
            items=[FoundView(id=id_, entitled=id_ in entitled, **dict(one)) for id_, one in masked.items()]
        )


@router.get("/people/{id}")
async def show_person(
    request: Request,
    response: Response,
    id: UUID,  # noqa: A002 - the path's own word
    reveal: Reason = None,
    urgent: Urgent = None,
    principal: Principal = requires(),
) -> PersonView:
    """One person. With `reveal` the private data is opened, and the access recorded with that reason.

    Staff see those to whom their agency is entitled, by a consent or agreement the fields it names. With
    `urgent` and a reason they see anybody, once, recorded as such (개인정보 보호법 15(1)5, 18(2)3).
    """
    if reveal and (found := find_forbidden(reveal)):
        raise refusal(found.kind)
    staff, here = "staff" in principal.roles, Desk.of(request.app.state.service)
    async with unit(request, principal, _purpose(staff, reveal, urgent)) as tx:
        row = await (actions.in_danger(tx, id) if urgent else actions.shown(tx, here, id, whole=False))
        response.headers["ETag"] = etag(row.sequence)
        opened = await actions.revealed_to_desk(tx, row, reason=reveal) if reveal else ()
        masked = {} if opened or not staff else await actions.masked(tx, [row], reason=SHOWN)
        more = {
            "registration": await _registration(tx, row, reveal),
            "masked": masked.get(row.id),
            "fields": await actions.fields_seen(tx, row),
        }
        return view(row, *opened).model_copy(update=more)


def _purpose(staff: bool, reveal: str | None, urgent: str | None) -> str:
    if not staff:
        return purposes.OWN_DATA
    if urgent and not reveal:
        raise Refusal(
            "reason-missing",
            ko="긴급 열람에는 사유가 필요합니다. reveal에 사유를 적어 주십시오.",
            en="An urgent reveal needs a reason: please say it in `reveal`.",
        )
    return purposes.DANGER_TO_LIFE if urgent else purposes.INTAKE


async def _registration(tx: Tx, row: PersonRow, reveal: str | None) -> RegistrationView | None:
    """How they were registered; not to an agency that may see a few fields."""
    found = await actions.registration(tx, row.id)
    if found is None or not await actions.sees_whole(tx, row):
        return None
    who = found.representative
    return RegistrationView(
        channel=found.channel,
        recorded_by=found.recorded_by,
        **(vars(found.mandate) if found.mandate else {}),
        representative=await tx.reveal(who, Representative, reason=reveal) if who and reveal else None,
    )


@router.patch("/people/{id}")
async def correct(
    request: Request,
    response: Response,
    id: UUID,  # noqa: A002 - the path's own word
    body: CorrectPerson,
    version: Version,
    principal: Principal = requires(),
) -> PersonView:
    """Correct or complete what is known of a person. If-Match says which version was read."""
    here = Desk.of(request.app.state.service)
    async with unit(request, principal, purposes.INTAKE) as tx:
        today = korean_date(tx.now)
        row = await correcting.correct(
            tx, here, id, lambda person: corrected(body, person, here.city, today), version=version
        )
    response.headers["ETag"] = etag(row.sequence)
    return view(row)


def view(
    row: PersonRow, contact: PersonContact | None = None, profile: PersonProfile | None = None
) -> PersonView:
    """A person as shown."""
    return PersonView(
        id=row.id,
        version=row.sequence,
        sealed=contact is None and profile is None,
        erased=row.erased_at is not None,
        district=row.district,
        life_stage=row.life_stage,
        language=row.language,
        agency=row.agency,
        registered_at=row.registered_at,
        merged_into=row.merged_into,
        contact=contact,
        profile=profile,
    )
