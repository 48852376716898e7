"""Creating exactly once, many at a time: `create` for routes that many call at the same moment.

Invariants: requests share a transaction only where row-level security does not tell them apart: staff of one
agency in the same roles, for one purpose. In it each acts in their own name (`Tx.acting_for`); the
transaction's own is nobody's, so a policy that asks for a name lets nobody in. Citizens, whom policies know
by name, share it with themselves alone.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Generic, TypeVar, cast
from uuid import UUID

from fastapi.encoders import jsonable_encoder
from starlette.responses import JSONResponse

from ieum.common.kernel.errors import Refusal
from ieum.common.postgres import Actor, Tx
from ieum.common.web import idempotency
from ieum.common.web.gathering import Gatherer
from ieum.common.web.idempotency import Attempt, Outcome
from ieum.common.web.model import Body
from ieum.common.web.requests import Made, actor, attempt_of

if TYPE_CHECKING:
    from starlette.requests import Request

    from ieum.common.web.tokens import Principal

B = TypeVar("B", bound=Body)
View = TypeVar("View")


@dataclass(frozen=True, slots=True)
class Asked(Generic[B]):
    """One request: who asks for what, under which key, and the status of its route."""

    actor: Actor
    correlation_id: str
    attempt: Attempt
    status: int
    body: B


@dataclass(frozen=True, eq=False)
class Creating(Generic[B, View]):
    """How a kind of resource is made, many at a time; its queue lives with the application.

    `do` makes them on a transaction, each in its own name, and gives a Refusal where one alone is turned
    away; whatever it raises undoes all, and each is tried alone. `show` presents what was made before.
    """

    purpose: str
    do: Callable[[Any, Tx, Sequence[tuple[Tx, B]]], Awaitable[Sequence[Made[View] | Refusal]]]
    show: Callable[[Any, Tx, UUID], Awaitable[View]]

    async def create(self, request: Request, principal: Principal | None, body: B) -> View:
        """Create once per Idempotency-Key, as `create` does; raises the same Refusals, or Overloaded."""
        status = request.scope["route"].status_code or 200
        asked = Asked(
            actor(principal, request.app.state.service.search),
            request.state.correlation_id,
            attempt_of(request, principal, body.model_dump_json().encode()),
            status,
            body,
        )
        view, first = await self._gatherer(request).ask(asked)
        if first == status:
            return view
        # The route's declared status changed since; FastAPI sends a ready response as it is.
        return cast("View", JSONResponse(jsonable_encoder(view), first))

    def _gatherer(self, request: Request) -> Gatherer[Asked[B], tuple[View, int]]:
        gatherers: dict[Any, Gatherer[Any, Any]] = request.app.state.web.gatherers
        if self not in gatherers:
            service = request.app.state.service
            gatherers[self] = Gatherer(lambda asked: self._work(service, asked), kind=_kind)
        return gatherers[self]

    async def _work(self, service: Any, asked: Sequence[Asked[B]]) -> Sequence[tuple[View, int] | Exception]:
        who = asked[0].actor
        if who.kind != "person":
            who = replace(who, id=f"{service.name}/gathered")
        async with service.database.unit_of_work(who, self.purpose) as tx:
            named = [tx.acting_for(one.actor, one.correlation_id) for one in asked]
            earlier = await idempotency.earlier_each(tx, [one.attempt for one in asked])
            fresh = [place for place, outcome in enumerate(earlier) if outcome is None]
            made = await self.do(service, tx, [(named[place], asked[place].body) for place in fresh])
            answers = dict(zip(fresh, made, strict=True))
            await idempotency.keep_all(
                tx,
                {
                    asked[place].attempt: Outcome(one.id, asked[place].status)
                    for place, one in answers.items()
                    if isinstance(one, Made)
                },
            )
            return [
                _answer(answers[place], asked[place].status)
                if outcome is None
                else await self._repeated(service, named[place], outcome)
                for place, outcome in enumerate(earlier)
            ]

    async def _repeated(self, service: Any, tx: Tx, outcome: Outcome | Refusal) -> tuple[View, int] | Refusal:
        if isinstance(outcome, Refusal):
            return outcome
        try:
            return await self.show(service, tx, outcome.resource), outcome.status
        except Refusal as refused:
            return refused


def _kind(asked: Asked[Any]) -> Actor:
    return asked.actor if asked.actor.kind == "person" else replace(asked.actor, id="")


def _answer(made: Made[View] | Refusal, status: int) -> tuple[View, int] | Refusal:
    return made if isinstance(made, Refusal) else (made.view, status)
