"""A receipt of a round: a person's line of the result, and the proof that it is one of those on the log."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import orjson

from ieum.common.kernel.errors import Refusal
from ieum.matching.markets import actions as markets
from ieum.matching.rounds import store
from ieum.matching.rounds.actions import find
from ieum.matching.rounds.lines import FORMAT, leads_to, lines_of, proof_of

if TYPE_CHECKING:
    from uuid import UUID

    from ieum.common.postgres import Tx

_FIELDS: dict[str, type] = {
    "format": str, "round": str, "line": str, "index": int, "size": int, "proof": list, "root": str,
    "market": str, "result": str,
}  # fmt: skip


async def receipt(tx: Tx, id_: UUID, application: UUID, refill: int | None = None) -> dict[str, Any]:
    """The receipt of one application, of the round itself or of one of its refills.

    The applicant asks, or staff of the programme's agency. Raises Refusal 404 `unknown-round` or
    `no-receipt`, 409 `not-computed`.
    """
    round_ = await find(tx, id_)
    await _check_may_see(tx, application)
    documents: Any = round_
    if refill is not None:
        documents = next((one for one in await store.refills(tx, id_) if one.number == refill), None)
    name = await store.name(tx, id_, application)
    if documents is None or name is None:
        raise _none()
    if documents.result is None:
        raise not_computed()
    lines = lines_of(documents.market_digest, orjson.loads(documents.result))
    if name not in lines:
        raise _none()
    index = list(lines).index(name)
    return {
        "format": FORMAT,
        "round": str(id_),
        "line": lines[name].decode(),
        "index": index,
        "size": len(lines),
        "proof": proof_of([*lines.values()], index),
        "root": documents.lines_root,
        "market": documents.market_digest,
        "result": documents.result_digest,
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


def not_computed() -> Refusal:
    """The round has no result yet."""
    return Refusal(
        "not-computed",
        ko="아직 계산되지 않은 회차입니다.",
        en="This round is not computed yet.",
        status=409,
    )


def _none() -> Refusal:
    return Refusal(
        "no-receipt",
        ko="이 회차에 참여한 신청이 아닙니다.",
        en="This application did not take part in that round.",
        status=404,
    )
