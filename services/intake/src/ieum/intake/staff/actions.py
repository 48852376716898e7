"""Registering staff, changing their access, ending accounts, and saying who signs in."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import date
from typing import TYPE_CHECKING, Any
from uuid import UUID

from ieum.common.events.intake_staff import (
    LeavingReason,
    StaffChanged,
    StaffLeft,
    StaffRegistered,
    StaffRole,
)
from ieum.common.events.model import Sealed
from ieum.common.kernel.dates import korean_date
from ieum.common.kernel.errors import Refusal, Stale
from ieum.common.kernel.ids import new_id
from ieum.common.privacy.search import SearchKey
from ieum.intake.agreements import actions as agreements
from ieum.intake.people.actions import Desk
from ieum.intake.staff import domain, store
from ieum.intake.staff.domain import Staff, StaffIdentity

if TYPE_CHECKING:
    from ieum.common.postgres import Tx

LISTED_MAX = 500
DUE_MAX = 50


@dataclass(frozen=True)
class Access:
    """What an account shall be. `identity` None: the present holder stays. Days are Korean, both included.

    The holder signs in by `login` (`login_of`), or for the first time by the e-mail of the identity.
    """

    agency: str | None
    roles: tuple[StaffRole, ...]
    since: date
    until: date | None
    identity: StaffIdentity | None
    login: str | None = None


async def register(tx: Tx, desk: Desk, account: str | None, access: Access) -> UUID:
    """Give somebody an account.

    Raises Refusal 403 `not-yours-to-give`, 409 `staff-known`, 422 `agency-needed`, `agency-unknown`.
    """
    _check(tx, desk, access)
    id_ = new_id(tx.now)
    await desk.keys.issue(tx, [id_], [StaffIdentity.record_class])
    one = Staff(
        id=id_, account=account or str(id_), agency=access.agency, roles=access.roles,
        since=access.since, until=access.until, version=1, registered_at=tx.now,
        **await _held_by(tx, desk, id_, access),
    )  # fmt: skip
    if not await store.insert(tx, one):
        raise _known()
    await store.note(tx, one, "registered")
    tx.publish(StaffRegistered(**_told(one)), subject=id_, sequence=1)
    return id_


async def change(tx: Tx, desk: Desk, id_: UUID, access: Access, *, version: int) -> Staff:
    """Change an account's access or holder; its sessions end with it.

    Raises Stale, and Refusal as `register`, 403 `own-access`, 404 `staff-unknown`, 409 `staff-left`, 422
    `agency-fixed`: who moves to another agency leaves here, with their work, and gets an account there.
    """
    before = await _locked(tx, id_, version)
    _check(tx, desk, access)
    domain.check_agency_stays(before, access.agency)
    one = replace(before, roles=access.roles, since=access.since, until=access.until, version=version + 1)
    if access.identity:
        one = replace(one, **await _held_by(tx, desk, id_, access))
        if await _taken(tx, one):
            raise _known()
    await store.save(tx, one)
    await store.note(tx, one, "changed")
    told = StaffChanged(**_told(one), new_holder=access.identity is not None)
    tx.publish(told, subject=id_, sequence=one.version)
    return one


async def leaving(tx: Tx, id_: UUID, *, version: int) -> Staff:
    """The account that is to end, locked.

    Raises Stale, and Refusal 403 `not-yours-to-give` or `own-access`, 404 `staff-unknown`, 409 `staff-left`.
    """
    return await _locked(tx, id_, version)


async def over(tx: Tx, desks: Collection[str]) -> list[Staff]:
    """Accounts whose last day is over, locked, but for those on a desk."""
    return await store.over(tx, korean_date(tx.now), sorted(desks), DUE_MAX)


async def end(tx: Tx, before: Staff, reason: LeavingReason, *, successor: str | None, passed: int) -> Staff:
    """End a locked account for good, its sessions with it; its open matters have passed on already."""
    forget_on = korean_date(tx.now) + domain.KEPT
    one = replace(before, left_at=tx.now, reason=reason, forget_on=forget_on, version=before.version + 1)
    await store.save(tx, one)
    await store.note(tx, one, "left")
    data = StaffLeft(
        account=one.account, agency=one.agency, reason=reason, successor=successor, passed=passed
    )
    tx.publish(data, subject=one.id, sequence=one.version)
    return one


async def check_owner(tx: Tx, agency: str, account: str, pointer: str) -> None:
    """Somebody who may own a matter of an agency: who works there now, kept from leaving until commit.

    An agency that has no account in the registry yet names its people by their tokens' subjects. Raises
    Refusal 422 `owner-unknown`.
    """
    one = await store.by_account(tx, account, lock=True)
    if one is None and not await store.any_of(tx, agency):
        return
    if one is None or one.agency != agency or not one.works(korean_date(tx.now)):
        raise Refusal(
            "owner-unknown",
            ko="이 기관에서 지금 일하는 담당자가 아닙니다.",
            en="Nobody works for this agency under that account now.",
            pointer=pointer,
        )


async def destroy_due(tx: Tx, desk: Desk) -> int:
    """Forget who held accounts that ended three years ago; the accounts and what they were given stay."""
    gone = await store.forget(tx, korean_date(tx.now), DUE_MAX)
    if gone:
        await desk.keys.destroy(tx, gone, [StaffIdentity.record_class])
    return len(gone)


async def shown(tx: Tx, id_: UUID) -> Staff:
    """An account that the actor may see: an operator and an auditor all, others those of their agency."""
    found = await store.find(tx, id_)
    if found is None or not _sees(tx, found):
        raise _unknown()
    return found


async def listed(tx: Tx, agency: str | None, *, left: bool) -> list[Staff]:
    """The accounts that the actor may see."""
    mine = agency if _sees_all(tx) else tx.actor.agency
    return await store.listed(tx, mine, left=left, limit=LISTED_MAX) if mine or _sees_all(tx) else []


async def identity(tx: Tx, one: Staff, *, reason: str) -> StaffIdentity | None:
    """Who holds an account, opened for a person's eyes."""
    return await tx.reveal(one.identity, StaffIdentity, reason=reason) if one.identity else None


async def signing_in(
    tx: Tx, search: SearchKey, login: str, email: str | None
) -> tuple[Staff, str | None] | None:
    """Whose account a sign-in is for, and their name; None where nobody may work under it today.

    `login` names the provider and its subject; `email` only where the provider vouches for it. From the first
    sign-in on the subject alone counts: a mailbox given to somebody else opens nothing.
    """
    subject = search.of("staff-subject", login)
    one = await store.by_login(tx, subject, _email_hash(search, email))
    if one is None or not one.works(korean_date(tx.now)):
        return None
    if one.subject_hash is None:
        one = replace(one, subject_hash=subject)
        await store.save(tx, one)
    return one, await name_of(tx, one)


async def name_of(tx: Tx, one: Staff) -> str | None:
    """The holder's name, for their own token."""
    opened = await tx.open_all([one.identity], StaffIdentity) if one.identity else []
    return opened[0].name if opened and opened[0] else None


async def working(tx: Tx, id_: UUID) -> Staff | None:
    """The account if somebody may work under it now."""
    found = await store.find(tx, id_)
    return found if found and found.works(korean_date(tx.now)) else None


def login_of(issuer: str, subject: str) -> str:
    """What names somebody at a provider (OpenID Connect Core, 2: issuer and subject together)."""
    return f"{issuer}\x00{subject}"


def _check(tx: Tx, desk: Desk, access: Access) -> None:
    domain.check_access(access.roles, access.agency)
    if access.agency:
        agreements.check_agency(desk.city, access.agency, pointer="/agency")
    domain.check_giver(access.roles, access.agency, by=tx.actor.roles, of=tx.actor.agency)


async def _locked(tx: Tx, id_: UUID, version: int) -> Staff:
    found = await store.find(tx, id_, lock=True)
    if found is None or not _sees(tx, found):
        raise _unknown()
    domain.check_giver(found.roles, found.agency, by=tx.actor.roles, of=tx.actor.agency)
    domain.check_self(found.account, tx.actor.id)
    if version != found.version:
        raise Stale
    domain.check_here(found)
    return found


async def _held_by(tx: Tx, desk: Desk, id_: UUID, access: Access) -> dict[str, Any]:
    """The columns that say who holds an account."""
    identity = access.identity
    sealed: Sealed | None = await tx.seal(id_, identity, id_) if identity else None
    return {
        "identity": sealed,
        "email_hash": _email_hash(desk.search, identity.email if identity else None),
        "subject_hash": desk.search.of("staff-subject", access.login) if access.login else None,
    }


def _email_hash(search: SearchKey, email: str | None) -> bytes | None:
    return search.of("staff-email", email.lower()) if email else None


async def _taken(tx: Tx, one: Staff) -> bool:
    found = await store.by_login(tx, one.subject_hash or b"", one.email_hash)
    return found is not None and found.id != one.id


def _told(one: Staff) -> dict[str, Any]:
    return {name: getattr(one, name) for name in ("account", "agency", "since", "until")} | {
        "roles": list(one.roles)
    }


def _sees_all(tx: Tx) -> bool:
    return bool({"operator", "auditor"} & tx.actor.roles)


def _sees(tx: Tx, one: Staff) -> bool:
    return _sees_all(tx) or (one.agency is not None and one.agency == tx.actor.agency)


def _unknown() -> Refusal:
    return Refusal("staff-unknown", ko="계정을 찾을 수 없습니다.", en="There is no such account.", status=404)


def _known() -> Refusal:
    return Refusal(
        "staff-known",
        ko="이미 있는 계정이거나, 같은 이메일이나 로그인으로 등록된 분이 있습니다.",
        en="The account exists, or somebody signs in with this e-mail or subject already.",
        status=409,
    )
