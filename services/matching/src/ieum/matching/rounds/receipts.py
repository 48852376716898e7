"""A receipt of a round: a person's line of the result, and the proof that it is one of those on the log."""

from __future__ import annotations

import json
from asyncio import to_thread
from typing import TYPE_CHECKING, Any

import orjson

from ieum.common.kernel.errors import Refusal
from ieum.matching.markets import actions as markets
from ieum.matching.rounds import store
from ieum.matching.rounds.actions import find, not_computed
from ieum.matching.rounds.lines import FORMAT, Lines, leads_to

if TYPE_CHECKING:
    from uuid import UUID

    from ieum.common.postgres import Tx
    from ieum.matching.rounds.domain import Refill, Round

_FIELDS: dict[str, type] = {
    "format": str, "round": str, "line": str, "index": int, "size": int, "proof": list, "root": str,
    "market": str, "result": str,
}  # fmt: skip


_kept: dict[str, Lines] = {}
"""By result: on the day of a round everybody asks, and to work its lines out takes a second."""
_KEPT_MAX = 4


async def receipt(tx: Tx, id_: UUID, application: UUID, refill: int | None = None) -> dict[str, Any]:
    """The receipt of one application, of the round itself or of one of its refills.

    The applicant asks, or staff of the programme's agency. Raises Refusal 404 `unknown-round` or
    `no-receipt`, 409 `not-computed`.
    """
    round_ = await find(tx, id_)
    await _check_may_see(tx, application)
    made: Round | Refill | None = round_
    if refill is not None:
        made = next((one for one in await store.refills(tx, id_) if one.number == refill), None)
    name = await store.name(tx, id_, application)
    if made is None or name is None:
        raise _none()
    if made.market_digest is None or made.result_digest is None:
        raise not_computed()
    lines = await _lines(tx, id_, refill, made.market_digest, made.result_digest)
    if name not in lines.of:
        raise _none()
    index = lines.index[name]
    return {
        "format": FORMAT,
        "round": str(id_),
        "line": lines.of[name].decode(),
        "index": index,
        "size": len(lines.of),
        "proof": lines.tree.proof(index),
        "root": made.lines_root,
        "market": made.market_digest,
        "result": made.result_digest,
    }


def wrong_with(receipt: Any, root: str | None = None) -> str | None:
    """What is wrong with a receipt, in a sentence, or None; `root` is the one on the log, if it is at hand.

    Needs nothing but the receipt: the line is hashed again and led to the root by its proof.
    """
    if not _is_one(receipt):
        return f"a receipt has the format {FORMAT!r} and the fields {', '.join(_FIELDS)}"
    if root is not None and receipt["root"] != root:
        return "the root is not the one on the log"
    try:
        line = json.loads(receipt["line"])
        proven = leads_to(
            receipt["root"], receipt["line"].encode(), receipt["index"], receipt["size"], receipt["proof"]
        )
    except (ValueError, TypeError):
        return "the line or the proof cannot be read"
    if not proven:
        return "the proof does not lead from the line to the root"
    if not isinstance(line, dict) or line.get("market") != receipt["market"]:
        return "the line is of another market"
    return None


def _is_one(receipt: Any) -> bool:
    return (
        isinstance(receipt, dict)
        and all(type(receipt.get(name)) is of for name, of in _FIELDS.items())
        and receipt["format"] == FORMAT
    )


async def _lines(tx: Tx, id_: UUID, refill: int | None, market: str, result: str) -> Lines:
    if result not in _kept:
        documents = await store.documents(tx, id_, refill)
        if documents is None:
            raise not_computed()
        found = await to_thread(lambda: Lines(market, orjson.loads(documents.result)))
        while len(_kept) >= _KEPT_MAX:
            _kept.pop(next(iter(_kept)), None)
        _kept[result] = found
    return _kept[result]


async def _check_may_see(tx: Tx, application: UUID) -> None:
    found = await markets.applications(tx, [application])
    who = tx.actor
    if not found:
        raise _none()
    if "staff" in who.roles:
        own = await markets.is_run_by(tx, found[0].programme, who.agency)
    else:
        own = who.id == str(found[0].person)
    if not own:
        raise _none()


def _none() -> Refusal:
    return Refusal(
        "no-receipt",
        ko="이 회차에 참여한 신청이 아닙니다.",
        en="This application did not take part in that round.",
        status=404,
    )
