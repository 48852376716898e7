"""The use cases of assignment: gather what waits, keep what was computed, decide, end, forget."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from ieum.common.events.matching_assignments import (
    AssignmentConfirmed,
    AssignmentEnded,
    AssignmentEnding,
    AssignmentProposed,
    ChangeReason,
)
from ieum.common.events.model import Sealed
from ieum.common.kernel.dates import korean_date
from ieum.common.kernel.errors import Refusal
from ieum.common.privacy.keys import key_name
from ieum.common.web.texts import Text
from ieum.matching.assignment import sentences, store
from ieum.matching.assignment.domain import Instance, Role, State, Task, factors, loads, why_refused
from ieum.matching.assignment.store import Assignment, Needs, Profile, Why

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence
    from uuid import UUID

    from ieum.common.postgres import Tx
    from ieum.common.service.city import City
    from ieum.matching.assignment.domain import Weights

_ENDS: Mapping[str, State] = {"worker-left": "open"}
"""What an ending leaves behind, where it is not an end."""


@dataclass(frozen=True, slots=True)
class Shown:
    """An assignment as staff see it: what is needed and why, opened."""

    assignment: Assignment
    needs: Needs
    why: Why | None


async def put_worker(tx: Tx, agency: str, profile: Profile) -> None:
    """Keep a worker of an agency; raises Refusal 409 `another-agency`."""
    if not await store.save_worker(tx, agency, profile):
        raise Refusal(
            "another-agency",
            ko="다른 기관에 등록된 계정입니다.",
            en="This account is registered with another agency.",
            status=409,
        )


async def workers(tx: Tx, agency: str) -> list[Profile]:
    """An agency's workers, with how many they have, by id."""
    return await store.profiles(tx, agency)


async def weights(tx: Tx, agency: str, role: Role) -> Weights:
    """What an agency set for a role, or what holds without it."""
    return await store.weights(tx, agency, role)


async def put_weights(tx: Tx, agency: str, role: Role, said: Weights) -> None:
    """Set what each factor counts for an agency's role."""
    await store.save_weights(tx, agency, role, said)


async def gather(tx: Tx, agency: str, role: Role, *, lock: bool = False) -> Instance:
    """All of which nobody decided yet, and all who could take them; what is needed is opened in memory."""
    if lock:
        await store.lock_workers(tx, agency)
    there = tuple(one.worker for one in await store.profiles(tx, agency, role))
    waiting = await store.waiting(tx, agency, role, lock=lock)
    needs = await _open_all(tx, waiting)
    before = await store.before(tx, {one.person for one in waiting if one.person})
    known = {one.id for one in there}
    tasks = tuple(
        Task(
            id=str(one.id),
            field=of.field,
            language=of.language,
            district=one.district,
            before=frozenset(before.get(one.person, set()) & known) if one.person else frozenset(),
            days=(korean_date(tx.now) - korean_date(one.requested_at)).days,
        )
        for one in waiting
        if (of := needs.get(one.id))
    )
    return Instance(tasks, there, await store.weights(tx, agency, role))


async def _open_all(tx: Tx, waiting: Sequence[Assignment]) -> dict[UUID, Needs]:
    sealed = {one.id: Sealed.model_validate(one.needs) for one in waiting if one.needs}
    opened = dict(zip(sealed, await tx.open_all(list(sealed.values()), Needs), strict=True))
    # Whose key is gone is about to be forgotten: nothing is proposed any more.
    found = {one.id: opened[one.id] if one.id in opened else Needs() for one in waiting}
    return {id_: needs for id_, needs in found.items() if needs}


async def keep(
    tx: Tx, agency: str, role: Role, computed: tuple[Instance, Mapping[str, str]], city: City
) -> None:
    """Keep a computation: who is proposed to whom, and why nobody is. Told only where it is somebody else.

    Raises Refusal 409 `changed-meanwhile` where anything that it went by is not so any more.
    """
    instance, given = computed
    if await gather(tx, agency, role, lock=True) != instance:
        raise Refusal(
            "changed-meanwhile",
            ko="계산하는 동안 대상이나 담당자 정보가 바뀌었습니다. 다시 계산해 주십시오.",
            en="Tasks or workers changed during the computation. Compute again.",
            status=409,
        )
    reasons = _reasons(instance, given, role, city)
    waiting = await store.waiting(tx, agency, role)
    # All keys at once: sealing one by one then asks for none.
    await tx.present_keys({key_name(one.person, Why.record_class) for one in waiting if one.person})
    changed = []
    for one in waiting:
        if str(one.id) not in reasons:
            continue
        worker, text = given.get(str(one.id)), reasons[str(one.id)]
        other = worker is not None and worker != one.worker
        now = replace(
            one,
            state="proposed" if worker else "open",
            worker=worker,
            proposed=worker,
            why=await _seal_why(tx, one, Why(ko=text.ko, en=text.en)),
            version=one.version + other,
        )
        changed.append(now)
        if other:
            tx.publish(AssignmentProposed.model_validate(_about(now)), subject=now.id, sequence=now.version)
    await store.save(tx, changed)


def _reasons(instance: Instance, given: Mapping[str, str], role: Role, city: City) -> dict[str, Text]:
    """A sentence for each task."""
    refused, after = why_refused(instance, given), loads(instance, given)
    by_id = {one.id: one for one in instance.workers}
    found = {}
    for task in instance.tasks:
        if task.id in refused:
            field = city.counselling_field(task.field) if task.field else None
            found[task.id] = sentences.refused(
                role, task, Text(field.name.ko, field.name.en) if field else None, refused[task.id]
            )
            continue
        worker = by_id[given[task.id]]
        fits = factors(task, worker)
        if fits is None:
            raise ArithmeticError("given to somebody unsuitable")
        load = after[worker.id]
        found[task.id] = sentences.assigned(fits, task=task, load=load, capacity=worker.capacity)
    return found


async def _seal_why(tx: Tx, one: Assignment, why: Why) -> dict[str, object]:
    if one.person is None or one.needs is None:
        return why.model_dump(mode="json")  # no more than the district of a case
    return (await tx.seal(one.person, why, one.id)).model_dump(mode="json")


async def find(tx: Tx, id_: UUID, agency: str, *, lock: bool = False) -> Assignment:
    """One of an agency's; raises Refusal 404 `unknown-assignment`."""
    found = await store.find(tx, id_, agency, lock=lock)
    if found is None:
        raise Refusal(
            "unknown-assignment",
            ko="해당 배정을 찾을 수 없습니다.",
            en="There is no such assignment.",
            status=404,
        )
    return found


async def show(tx: Tx, id_: UUID, agency: str) -> Shown:
    """One with what is needed and why, for staff of the agency; recorded as an access."""
    one = await find(tx, id_, agency)
    if one.needs is None or one.person is None:
        return Shown(one, Needs(), Why.model_validate(one.why) if one.why else None)
    needs, why, _ = await tx.reveal_together(
        one.person,
        (Sealed.model_validate(one.needs), Needs),
        (Sealed.model_validate(one.why) if one.why else None, Why),
        (None, Why),
        reason="assignment",
    )
    return Shown(one, needs or Needs(), why)


async def page(
    tx: Tx, agency: str, role: Role | None, state: State | None, *, after: UUID | None, limit: int
) -> list[Assignment]:
    """Those of an agency by id, without what is needed and why."""
    return await store.page(tx, agency, role, state, after, limit)


async def confirm(
    tx: Tx, id_: UUID, agency: str, name: str | None, other: tuple[str, ChangeReason] | None
) -> None:
    """A named person decides: who is proposed, or somebody else with the reason. Repeated, nothing changes.

    Raises Refusal 403 `unnamed`; 404 `unknown-assignment`, `unknown-worker`; 409 `assignment-state`,
    `worker-full`.
    """
    if not name:
        raise Refusal(
            "unnamed",
            ko="배정을 확정하는 분의 성명이 필요합니다.",
            en="Whoever decides must be named.",
            status=403,
        )
    await store.lock_workers(tx, agency)
    person = (await find(tx, id_, agency)).person
    await store.lock_people(tx, [person] if person else [])
    one = await find(tx, id_, agency, lock=True)
    worker, reason = other or (one.worker, None)
    if one.state == "confirmed" and worker == one.worker:
        return
    if one.state not in {"open", "proposed", "confirmed"} or worker is None:
        raise _wrong_state()
    if worker != one.worker:
        await _check_takes(tx, one, agency, worker)
    now = replace(
        one,
        state="confirmed",
        worker=worker,
        why=one.why if worker == one.worker else None,  # it was said of the other one
        version=one.version + 1,
        decided_by=tx.actor.id,
        decided_name=name,
        decided_at=tx.now,
        reason=reason if worker != one.proposed else None,
    )
    await _decided(tx, now)


async def _decided(tx: Tx, now: Assignment) -> None:
    await store.save(tx, [now])
    if now.person:
        await store.remember(tx, [(now.person, now.worker or "")])
    data = AssignmentConfirmed.model_validate(
        {
            **_about(now),
            "decided_by": now.decided_by,
            "decided_name": now.decided_name,
            "proposed": now.proposed if now.proposed != now.worker else None,
            "reason": now.reason,
        }
    )
    tx.publish(data, subject=now.id, sequence=now.version)


async def _check_takes(tx: Tx, one: Assignment, agency: str, worker: str) -> None:
    """A person may decide otherwise than the formula, but nobody is given more than their capacity."""
    found = [each for each in await store.profiles(tx, agency) if each.worker.id == worker]
    if not found or not found[0].active or one.role not in found[0].roles:
        raise Refusal(
            "unknown-worker",
            ko="이 기관에서 이 역할을 맡고 있는 담당자가 아닙니다.",
            en="Nobody of that id has this role at this agency.",
            status=404,
        )
    if await store.held(tx, worker) >= found[0].worker.capacity:
        raise Refusal(
            "worker-full",
            ko="이 담당자는 이미 정원까지 맡고 있거나 제안받았습니다.",
            en="This worker has, or is proposed, as many as they can take.",
            status=409,
        )


def _wrong_state() -> Refusal:
    return Refusal(
        "assignment-state",
        ko="지금은 확정할 수 없는 배정입니다. 제안된 담당자가 없거나 이미 끝났습니다.",
        en="This cannot be confirmed now: nobody is proposed, or it has ended.",
        status=409,
    )


async def end(tx: Tx, id_: UUID, agency: str, reason: AssignmentEnding) -> None:
    """The worker has it no longer, or nobody is needed any more; repeated, it changes nothing."""
    await store.lock_workers(tx, agency)
    one = await find(tx, id_, agency, lock=True)
    if one.state != "ended":
        await end_all(tx, [one], reason)


async def end_all(tx: Tx, those: Sequence[Assignment], reason: AssignmentEnding) -> None:
    """End these, which are locked; told of where anything was told before."""
    state: State = _ENDS.get(reason, "ended")
    ended = []
    for one in those:
        told = one.version > 0 and one.worker is not None
        now = replace(one, state=state, worker=None, why=None, reason=reason, version=one.version + told)
        ended.append(now)
        if told:
            data = AssignmentEnded.model_validate({**_about(one), "reason": reason})
            tx.publish(data, subject=one.id, sequence=now.version)
    await store.save(tx, ended)


async def forget(tx: Tx, people: Collection[UUID]) -> None:
    """Who is erased needs nobody any more, and nobody had them."""
    if people:
        running = [one for one in await store.of_people(tx, people) if one.state != "ended"]
        await end_all(tx, running, "person-erased")
        await store.forget(tx, people)


def _about(one: Assignment) -> dict[str, object]:
    return {
        "role": one.role,
        "agency": one.agency,
        "worker": one.worker,
        "person": one.person,
        "case": one.case_id,
        "match": one.match,
    }
