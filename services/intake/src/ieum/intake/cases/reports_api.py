"""HTTP routes of reports (신고): open to everybody, by day and night, without a name."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Path
from pydantic import ConfigDict, StringConstraints
from starlette.requests import Request

from ieum.common.events.intake_cases import ReportChannel
from ieum.common.events.programme import DistrictCode, Name
from ieum.common.kernel.dates import korean_date
from ieum.common.kernel.errors import Refusal
from ieum.common.kernel.phones import to_e164
from ieum.common.privacy import purposes
from ieum.common.web import PUBLIC, Body, Principal, create, requires, unit
from ieum.intake.cases import actions, receipts, views
from ieum.intake.cases.actions import NewReport
from ieum.intake.cases.private import Reporter, Told
from ieum.intake.cases.views import FormView, ReceiptView, StatusView
from ieum.intake.people.actions import Desk

if TYPE_CHECKING:
    from ieum.common.postgres import Tx

router = APIRouter(tags=["reports"])

Line = Annotated[str, StringConstraints(min_length=1, max_length=100)]
Long = Annotated[str, StringConstraints(min_length=1, max_length=4000)]
Code = Annotated[str, Path(max_length=40, examples=["7K3M-Q0XA-4T9C-HW2E"])]


class WhoReports(Body):
    """Whoever reports, as far as they wish to say; told to no agency."""

    name: Line | None = None
    phone: Line | None = None
    relation: Line | None = None


class MakeReport(Body):
    """A person in need. Without `reporter` it is anonymous.

    `person` is the id of a registered person. Staff alone say `channel` and `agency`, which is asked for
    instead of the district's own.
    """

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "situation": "옆집 어르신이 며칠째 보이지 않고 우편물이 쌓여 있습니다.",
                    "district": "27290",
                    "source": "neighbour",
                    "address": "대구광역시 달서구 (가상) 이음로 1",
                },
                {
                    "situation": "학생이 집에서 끼니를 거르고 있다고 합니다.",
                    "district": "27290",
                    "source": "school",
                    "channel": "school",
                    "life_in_danger": False,
                    "reporter": {"name": "김교사", "phone": "053-000-0000", "relation": "담임"},
                },
            ]
        }
    )

    situation: Long
    district: DistrictCode
    source: Name
    name: Line | None = None
    phone: Line | None = None
    address: Annotated[str, StringConstraints(min_length=1, max_length=300)] | None = None
    life_in_danger: bool = False
    person: UUID | None = None
    reporter: WhoReports | None = None
    channel: Literal["phone", "counter", "school"] | None = None
    agency: Name | None = None


@router.get("/reports/form")
async def show_form(request: Request) -> FormView:
    """What comes before the form: numbers to call at once where life may be in danger, as of today."""
    service = request.app.state.service
    return views.form(service.city, korean_date(service.clock.now()))


@router.post("/reports", status_code=201, openapi_extra=PUBLIC)
async def make_report(
    request: Request,
    body: MakeReport,
    principal: Principal | None = requires(),
) -> ReceiptView:
    """Report a person in need; the receipt code follows it without a name."""
    desk = Desk.of(request.app.state.service)
    new = _read(body, staff=principal is not None and "citizen" not in principal.roles)

    async def do(tx: Tx) -> UUID:
        return await actions.report(tx, desk, new)

    async def show(tx: Tx, id_: UUID) -> ReceiptView:
        code = receipts.code_of(desk.search, id_)
        stands = views.status(*await actions.status(tx, desk, code))
        numbers = views.emergency(desk.city, korean_date(tx.now))
        return ReceiptView(**dict(stands), receipt=code, emergency=numbers)

    return await create(request, principal, body, purposes.INTAKE, do=do, show=show)


@router.get("/reports/{code}")
async def follow(request: Request, code: Code) -> StatusView:
    """How a report stands, asked with its receipt code."""
    async with unit(request, None, purposes.INTAKE) as tx:
        return views.status(*await actions.status(tx, Desk.of(request.app.state.service), code))


def _read(body: MakeReport, *, staff: bool) -> NewReport:
    for field in ("channel", "agency"):
        if getattr(body, field) is not None and not staff:
            raise Refusal(
                "stated-by-staff",
                ko="기관의 담당자만 적을 수 있는 항목입니다.",
                en="Only an agency's staff state this.",
                pointer=f"/{field}",
            )
    channel: ReportChannel = body.channel or ("phone" if staff else "web")
    return NewReport(
        told=Told(
            situation=body.situation,
            name=body.name,
            phone=_phone("/phone", body.phone),
            address=body.address,
        ),
        reporter=_reporter(body.reporter) if body.reporter else None,
        district=body.district,
        source=body.source,
        channel=channel,
        urgent=body.life_in_danger,
        person=body.person,
        agency=body.agency,
    )


def _reporter(told: WhoReports) -> Reporter:
    return Reporter(name=told.name, phone=_phone("/reporter/phone", told.phone), relation=told.relation)


def _phone(pointer: str, text: str | None) -> str | None:
    try:
        return to_e164(text) if text else None
    except Refusal as refused:
        refused.pointer = pointer
        raise
