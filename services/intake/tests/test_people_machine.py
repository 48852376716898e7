"""People driven at random over HTTP on a real Postgres, beside a model: no illegal state, no divergence."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from dataclasses import dataclass, field
from typing import Any, ClassVar, TypeVar

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from .conftest import Prepared
from .test_consents import TERMS
from .world import World, empty, problem, world

T = TypeVar("T")

PHONES = [f"010-0000-000{n}" for n in range(4)]
DISTRICTS = ["27110", "27230", "27260"]


@dataclass
class Known:
    """What the model knows of one registration."""

    phone: str
    district: str
    version: int = 1
    into: str | None = None
    attached: bool = False
    erased: bool = False
    safe: str | None = None
    """The phone that is never to be called."""
    consents: dict[str, bool] = field(default_factory=dict)
    """Consents by id: withdrawn or not."""


class People(RuleBasedStateMachine):
    """Everything that staff do with people, on one database."""

    prepared: ClassVar[Prepared]

    def __init__(self) -> None:
        super().__init__()
        self.runner = asyncio.Runner()
        self.context = world(self.prepared.dsn, self.prepared.secrets, self.prepared.prefix)
        self.intake: World = self.run_(self.context.__aenter__())
        self.run_(empty(self.intake.admin_dsn))
        self.people: dict[str, Known] = {}

    def run_(self, work: Coroutine[Any, Any, T]) -> T:
        return self.runner.run(work)

    def teardown(self) -> None:
        self.run_(self.context.__aexit__(None, None, None))
        self.runner.close()

    def pick(self, data: st.DataObject) -> tuple[str, Known]:
        return data.draw(st.sampled_from(list(self.people.items())))

    def merged(self, id_: str) -> list[Known]:
        return [one for one in self.people.values() if one.into == id_]

    @rule(phone=st.sampled_from(PHONES), district=st.sampled_from(DISTRICTS))
    def register(self, phone: str, district: str) -> None:
        id_ = self.run_(self.intake.person(phone=phone, district=district))
        self.people[id_] = Known(phone, district)

    @precondition(lambda self: self.people)
    @rule(data=st.data(), phone=st.sampled_from(PHONES), stale=st.booleans())
    def correct(self, data: st.DataObject, phone: str, stale: bool) -> None:
        id_, known = self.pick(data)
        version = known.version + 1 if stale else known.version
        answer = self.run_(self.intake.patch(f"people/{id_}", {"phone": phone}, version=version))
        if known.erased or known.into:
            assert answer.status_code == 409
        elif stale:
            assert answer.status_code == 412
        else:
            assert answer.status_code == 200, answer.text
            if phone != known.phone:
                known.phone = phone
                for one in [known, *self.merged(id_)]:  # what holds is told under every id
                    one.version += 1

    @precondition(lambda self: self.people)
    @rule(data=st.data(), never=st.sampled_from([None, *PHONES]))
    def say_how_to_be_reached_safely(self, data: st.DataObject, never: str | None) -> None:
        id_, known = self.pick(data)
        said = {"safe_contact": {"never": [never], "neutral": True} if never else None}
        answer = self.run_(self.intake.patch(f"people/{id_}", said, version=known.version))
        if known.erased or known.into:
            assert answer.status_code == 409
            return
        assert answer.status_code == 200, answer.text
        if never != known.safe:
            known.safe = never
            for one in [known, *self.merged(id_)]:
                one.version += 1

    @precondition(lambda self: self.people)
    @rule(data=st.data())
    def open_for_a_reason(self, data: st.DataObject) -> None:
        """What was corrected and how to be reached is what staff then see; of the erased nothing is."""
        id_, known = self.pick(data)
        shown = self.run_(self.intake.get(f"people/{id_}", params={"reveal": "상담 준비"})).json()
        if known.erased:
            assert shown["contact"] is None
            return
        assert shown["contact"]["phone"] == "+82" + known.phone.replace("-", "")[1:]
        safe = shown["contact"]["safe_contact"]
        assert (safe["never"] if safe else None) == (
            ["+82" + known.safe.replace("-", "")[1:]] if known.safe else None
        )

    @precondition(lambda self: len(self.people) > 1)
    @rule(data=st.data())
    def merge(self, data: st.DataObject) -> None:
        (id_, known), (other, into) = self.pick(data), self.pick(data)
        body = {"into": other, "reason": "document-seen"}
        answer = self.run_(self.intake.post(f"people/{id_}/merge", body))
        legal = id_ != other and not (known.erased or into.erased or known.into or into.into)
        legal = legal and not self.merged(id_)
        assert answer.status_code == (201 if legal else 422 if id_ == other else 409), answer.text
        if legal:
            known.into, known.attached = other, False
            known.version += 2  # merged, and what holds now

    @precondition(lambda self: self.people)
    @rule(data=st.data())
    def unmerge(self, data: st.DataObject) -> None:
        id_, known = self.pick(data)
        answer = self.run_(self.intake.post(f"people/{id_}/unmerge"))
        legal = known.into and not known.attached
        assert answer.status_code == (201 if legal else 409 if known.into else 404), answer.text
        if legal:
            known.into = None
            known.version += 2

    @precondition(lambda self: self.people)
    @rule(data=st.data())
    def consent(self, data: st.DataObject) -> None:
        id_, known = self.pick(data)
        answer = self.run_(self.intake.post(f"people/{id_}/consents", TERMS))
        if known.erased:
            assert problem(answer) == (422, "person-erased")
            return
        under = known.into or id_
        self.people[under].consents[answer.json()["items"][0]["id"]] = False
        self.people[under].version += 1
        for one in self.merged(under):
            one.attached = True

    @precondition(lambda self: any(one.consents for one in self.people.values()))
    @rule(data=st.data())
    def withdraw(self, data: st.DataObject) -> None:
        holders = {id_: one for id_, one in self.people.items() if one.consents}
        id_, known = data.draw(st.sampled_from(list(holders.items())))
        consent, withdrawn = data.draw(st.sampled_from(list(known.consents.items())))
        answer = self.run_(self.intake.post(f"people/{id_}/consents/{consent}/withdrawal"))
        assert answer.status_code == (409 if withdrawn else 201), answer.text
        if not withdrawn:
            known.consents[consent] = True
            known.version += 1

    @precondition(lambda self: self.people)
    @rule(data=st.data())
    def erase(self, data: st.DataObject) -> None:
        id_, known = self.pick(data)
        answer = self.run_(self.intake.post(f"people/{id_}/erasure"))
        assert answer.status_code == (409 if known.erased else 201), answer.text
        if not known.erased:
            survivor = self.people[known.into or id_]
            for one in [survivor, *self.merged(known.into or id_)]:
                one.erased, one.attached = True, True
                one.version += 1

    @invariant()
    def shown_as_the_model_says(self) -> None:
        for id_, known in self.people.items():
            shown = self.run_(self.intake.get(f"people/{id_}")).json()
            seen = (shown["version"], shown["erased"], shown["merged_into"], shown["district"])
            assert seen == (known.version, known.erased, known.into, known.district)
            consents = self.run_(self.intake.get(f"people/{id_}/consents")).json()["items"]
            group = known.into or id_
            wanted = [self.people[group].consents, *(one.consents for one in self.merged(group))]
            assert {one["id"]: one["withdrawn_at"] is not None for one in consents} == {
                consent: withdrawn for held in wanted for consent, withdrawn in held.items()
            }

    @invariant()
    def found_by_phone_as_the_model_says(self) -> None:
        for phone in PHONES:
            items = self.run_(self.intake.get("people", params={"phone": phone})).json()["items"]
            assert {one["id"] for one in items} == {
                one.into or id_ for id_, one in self.people.items() if one.phone == phone and not one.erased
            }

    @invariant()
    def nothing_sealed_of_the_erased_is_left(self) -> None:
        rows = self.run_(self.intake.fetch("select id, erased_at from person where contact is not null"))
        assert {str(row["id"]) for row in rows} == {id_ for id_, one in self.people.items() if not one.erased}


@pytest.mark.servers
@pytest.mark.parametrize("examples", [6, pytest.param(80, marks=[pytest.mark.long, pytest.mark.timeout(0)])])
def test_people_do_as_the_model_does(prepared: Prepared, examples: int) -> None:
    run_state_machine_as_test(  # type: ignore[no-untyped-call]
        type("PeopleHere", (People,), {"prepared": prepared}),
        settings=settings(
            max_examples=examples,
            stateful_step_count=20,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
