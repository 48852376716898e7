"""Writing exports page by page; whose data goes out is recorded, with the reason, in the same transaction."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any
from uuid import UUID

from ieum.common.events.intake import ApplicationDetails, PersonContact, PersonProfile
from ieum.common.events.programme import Programme
from ieum.common.kernel.dates import korean_date
from ieum.common.kernel.errors import Refusal
from ieum.common.kernel.numbers import display_business
from ieum.common.kernel.phones import display
from ieum.common.kernel.workbook import Cell
from ieum.common.service.city import City
from ieum.intake.applications import actions as applications
from ieum.intake.applications.domain import Application
from ieum.intake.exports import store, words
from ieum.intake.exports.domain import File, Format, begin
from ieum.intake.openings import actions as openings
from ieum.intake.people import actions as people
from ieum.intake.people.actions import Desk
from ieum.intake.programmes import actions as programmes

if TYPE_CHECKING:
    from ieum.common.postgres import Tx

PAGE_ROWS = 500
ROWS_MAX = 100_000

_FIRST = UUID(int=0)
_PERSON = ("이름", "생년월일", "전화", "이메일", "연락 유의", "구군", "취업상태")
_CASE = (
    "번호", "상태", "단계", "담당자", "기한", "기한 지남", "긴급", "구군", "접수원", "경로", "접수일시",
    "종결일시", "대상자 수",
)  # fmt: skip


async def export_applications(tx: Tx, desk: Desk, programme: str, format_: Format, *, reason: str) -> File:
    """A programme's applications: all to the agency that runs it, to others those they took themselves."""
    definition = (await programmes.current(tx, programme)).definition
    agency = _agency(tx)
    taken_by = None if definition.agency == agency else agency
    questions = (
        {name: one.title for name, one in definition.form.properties.items()} if definition.form else {}
    )
    codes = {one.id: one.code for one in await openings.of_programme(tx, programme)}
    wishes = [f"희망{rank}" for rank in range(1, definition.choices.max + 1)]
    answers = [*questions.values()] if questions else ["비고"]
    header = ("접수번호", "상태", "접수일시", "접수경로", "접수기관", *_PERSON, *wishes, *answers)
    table, after, count = begin(format_, f"{definition.name.ko} 신청", header), _FIRST, 0
    while page := await applications.page(tx, programme, taken_by, after=after, limit=PAGE_ROWS):
        after, count = page[-1][0].id, _counted(count, page)
        whole = await people.entitled(tx, {one.person for one, _ in page})
        rows = await people.seen(tx, whole)
        await _fetch_keys(tx, rows.values(), [one for one, _ in page])
        for one, status in page:
            if (row := rows.get(one.person)) is None:  # not one of whom this agency may see all
                continue
            contact, profile, details = await _opened(tx, row, one, reason)
            wanted = [codes.get(choice, "") for choice in one.choices]
            asked = _answers(details, questions, definition)
            begun = (
                one.receipt,
                words.STATUS.get(status, status),
                one.submitted_at,
                words.CHANNELS[one.channel],
                one.agency,
            )
            padded = wanted + [""] * (len(wishes) - len(wanted))
            table.add(
                [(*begun, *_person(desk.city, row, contact, profile, tx), *padded[: len(wishes)], *asked)]
            )
        await tx.flush()
    return table.finish()


async def export_people(tx: Tx, desk: Desk, format_: Format, *, reason: str) -> File:
    """The people whom the agency registered, but for those who asked to be forgotten."""
    agency = _agency(tx)
    header = ("번호", *_PERSON, "생애주기", "기술", "희망분야", "등록일시")
    table, after, count = begin(format_, "등록자", header), _FIRST, 0
    while page := await store.people(tx, agency, after, PAGE_ROWS):
        after, count = page[-1], _counted(count, page)
        rows = await people.seen(tx, page)
        await _fetch_keys(tx, rows.values(), [])
        for row in (rows[id_] for id_ in page if id_ in rows):
            contact, profile, _ = await _opened(tx, row, None, reason)
            told = [", ".join(profile.skills), ", ".join(profile.fields)] if profile else ["", ""]
            stage = words.LIFE_STAGES[row.life_stage]
            plain = _person(desk.city, row, contact, profile, tx)
            table.add([(str(row.id), *plain, stage, *told, row.registered_at)])
        await tx.flush()
    return table.finish()


async def export_cases(tx: Tx, desk: Desk, format_: Format, *, reason: str) -> File:
    """The agency's cases without what is told of anybody; still, whose they are is recorded."""
    _agency(tx)
    table, after, count = begin(format_, "사례", _CASE), _FIRST, 0
    while page := await store.cases(tx, after, PAGE_ROWS):
        after, count = page[-1]["id"], _counted(count, page)
        for one in page:
            for person in one["persons"]:
                tx.look(person, ["case"], reason=reason)
        table.add(_case(one, desk.city, tx) for one in page)
        await tx.flush()
    return table.finish()


async def export_organisations(tx: Tx, desk: Desk, format_: Format, *, reason: str) -> File:
    """All organisations; the download is recorded, though all of it is public."""
    header = ("번호", "기관명", "역할", "구군", "이메일", "사업자등록번호", "등록일시")
    table, after, count = begin(format_, "기관", header), _FIRST, 0
    tx.look(None, ["organisation"], reason=reason)
    while page := await store.organisations(tx, after, PAGE_ROWS):
        after, count = page[-1]["id"], _counted(count, page)
        table.add(_organisation(one, desk.city, tx) for one in page)
    return table.finish()


def _agency(tx: Tx) -> str:
    if tx.actor.agency is None:
        raise Refusal(
            "agency-missing",
            ko="소속 기관이 있는 담당자만 내려받으실 수 있습니다.",
            en="Only staff of an agency may download this.",
            status=403,
        )
    return tx.actor.agency


def _counted(count: int, page: Sequence[object]) -> int:
    if count + len(page) > ROWS_MAX:
        raise Refusal(
            "export-too-large",
            ko=f"한 번에 {ROWS_MAX:,}행까지 내려받으실 수 있습니다.",
            en=f"At most {ROWS_MAX:,} rows can be taken away at once.",
        )
    return count + len(page)


async def _fetch_keys(tx: Tx, rows: Any, made: Sequence[Application]) -> None:
    """All keys of a page at once: opening one by one then asks nothing more."""
    sealed = [one for row in rows for one in (row.contact, row.profile) if one]
    sealed += [one.details for one in made if one.details]
    await tx.fetch_keys(one.kid for one in sealed)


async def _opened(
    tx: Tx, row: Any, made: Application | None, reason: str
) -> tuple[PersonContact | None, PersonProfile | None, ApplicationDetails | None]:
    """What is sealed of a person, opened for a person's eyes: one record of access for all of it."""
    details = made.details if made else None
    return await tx.reveal_together(
        row.id,
        (row.contact, PersonContact),
        (row.profile, PersonProfile),
        (details, ApplicationDetails),
        reason=reason,
    )


def _person(
    city: City, row: Any, contact: PersonContact | None, profile: PersonProfile | None, tx: Tx
) -> list[Cell]:
    """A number or address at which somebody must never be reached stays out of every file."""
    safe = contact.safe_contact if contact else None
    never = set(safe.never) if safe else set()
    phone = contact.phone if contact and contact.phone not in never else None
    email = contact.email if contact and contact.email not in never else None
    return [
        contact.name if contact else None,
        profile.birth_date if profile else None,
        display(phone) if phone else None,
        email,
        "안전 연락" if safe else None,
        _district(city, row.district, tx),
        words.EMPLOYMENT.get(profile.employment, profile.employment) if profile else None,
    ]


def _answers(
    details: ApplicationDetails | None, questions: Mapping[str, str], programme: Programme
) -> list[Cell]:
    given = details.answers if details else {}
    if programme.form is None:
        return [", ".join(_plain(one) for one in given.values())]
    return [_plain(given[name]) if name in given else None for name in questions]


def _plain(answer: Any) -> str:
    if isinstance(answer, bool):
        return "예" if answer else "아니요"
    return ", ".join(answer) if isinstance(answer, list) else str(answer)


def _case(one: Any, city: City, tx: Tx) -> list[Cell]:
    state = words.STATES.get(one["state"], one["state"])
    return [
        str(one["id"]), state, one["step"], one["owner"], one["due_at"], one["overdue"], one["urgent"],
        _district(city, one["district"], tx), one["source"], one["channel"], one["opened_at"],
        one["closed_at"], len(one["persons"]),
    ]  # fmt: skip


def _organisation(one: Any, city: City, tx: Tx) -> list[Cell]:
    number = one["business_number"]
    roles = ", ".join(words.ROLES.get(role, role) for role in one["roles"])
    return [
        str(one["id"]), one["name"], roles, _district(city, one["district"], tx), one["email"],
        display_business(number) if number else None, one["registered_at"],
    ]  # fmt: skip


def _district(city: City, code: str, tx: Tx) -> str:
    found = city.district_at(code, korean_date(tx.now))
    return found.name.ko if found else code
