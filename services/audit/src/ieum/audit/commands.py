"""`ieum audit`: check the log from outside, over HTTP alone, trusting nothing but its key."""

from __future__ import annotations

import json
import sys
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any
from uuid import UUID

import httpx
from cyclopts import App, Parameter

from ieum.audit.ledger.leaf import Leaf, Record
from ieum.audit.ledger.note import Checkpoint, NoteError, Verifier, open_note
from ieum.audit.ledger.proof import EventProof, check_proof
from ieum.audit.ledger.verify import verify as verify_log
from ieum.common.kernel.errors import Refusal

if TYPE_CHECKING:
    from ieum.audit.ledger.report import Report

TIMEOUT_SECONDS = 30.0

app = App(name="audit", help="투명성 로그를 확인합니다. Check the transparency log.")
_Json = Annotated[bool, Parameter(name="--json", negative="")]
_Token = Annotated[str | None, Parameter(env_var="IEUM_TOKEN")]


class _Log:
    """A log under a URL; Refusal where it does not answer."""

    def __init__(self, url: str, token: str | None = None) -> None:
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        # trust_env: a proxy set for the internet must not be asked for this machine.
        self._client = httpx.Client(timeout=TIMEOUT_SECONDS, trust_env=False, headers=headers)
        self._url = url.rstrip("/")

    def read(self, path: str) -> bytes:
        """The bytes at a path under the log's prefix; LookupError where there is nothing."""
        try:
            response = self._client.get(f"{self._url}/{path}")
            if response.status_code == httpx.codes.NOT_FOUND:
                raise LookupError(f"{path} is not there")
            return response.raise_for_status().content
        except httpx.HTTPStatusError as error:
            raise _refused(error.response) from None
        except (httpx.HTTPError, httpx.InvalidURL):
            raise _unreachable(self._url) from None


@app.command
def verify(
    *,
    url: str | None = None,
    vkey: Path | None = None,
    since: Path | None = None,
    as_json: _Json = False,
) -> None:
    """Prove from the log alone that it is whole; exits 0 if it is, else 1.

    Args:
        url: the log's prefix, https://…/audit/log; the local stack's where it is left out.
        vkey: a file with the verifier key you trust; where it is left out, the log is asked for it.
        since: a file with an older checkpoint, which the log must continue.
        as_json: the findings as one JSON object.
    """
    log = _Log(url or _local_log())
    verifier = _verifier(log, vkey)
    report = verify_log(log, verifier, _older(since, verifier) if since else None)
    if as_json:
        print(json.dumps(_as_data(report, verifier), ensure_ascii=False))
    else:
        _tell(report, verifier, trusted=vkey is not None)
    sys.exit(0 if report.ok else 1)


@app.command
def proof(
    event_id: UUID,
    *,
    url: str | None = None,
    vkey: Path | None = None,
    token: _Token = None,
    as_json: _Json = False,
) -> None:
    """Fetch the proof that an event is in the log and check it here; exits 0 if it holds, else 1.

    Args:
        event_id: the event's id (ce_id).
        url: the log's prefix, https://…/audit/log; the local stack's where it is left out.
        vkey: a file with the verifier key you trust; where it is left out, the log is asked for it.
        token: a bearer token of staff or an auditor, as `ieum token --role auditor` prints it.
        as_json: the proof itself as one JSON object, for others to check.
    """
    log = _Log(url or _local_log(), token)
    verifier = _verifier(log, vkey)
    try:
        found = EventProof.model_validate_json(log.read(f"events/{event_id}/proof"))
    except LookupError:
        raise Refusal(
            "not-in-the-log",
            ko=f"{event_id} 이벤트는 로그에 없습니다.",
            en=f"The log has no event {event_id}.",
        ) from None
    problems = check_proof(found, verifier)
    if as_json:
        print(found.model_dump_json())
    else:
        _tell_proof(found, problems)
    sys.exit(1 if problems else 0)


def _local_log() -> str:
    from ieum.common.local import stack
    from ieum.common.local.home import Home

    service = stack.status(Home.find())["services"]["audit"]["url"]
    if service is None:
        raise Refusal(
            "log-unknown",
            ko="실행 중인 감사 서비스가 없습니다. --url로 로그의 주소를 적어 주십시오.",
            en="No audit service runs here. Give the log's address with --url.",
        )
    return f"{service}/audit/log"


def _verifier(log: _Log, vkey: Path | None) -> Verifier:
    try:
        return Verifier.parse(vkey.read_text(encoding="utf-8") if vkey else log.read("key").decode())
    except (NoteError, OSError, LookupError, UnicodeDecodeError):
        raise Refusal(
            "key-unreadable",
            ko="로그의 검증 키를 읽을 수 없습니다.",
            en="The log's verifier key cannot be read.",
        ) from None


def _older(path: Path, verifier: Verifier) -> Checkpoint:
    try:
        return Checkpoint.parse(open_note(path.read_text(encoding="utf-8"), [verifier]))
    except (NoteError, OSError, UnicodeDecodeError):
        raise Refusal(
            "checkpoint-unreadable",
            ko=f"{path}은(는) 이 로그가 서명한 체크포인트가 아닙니다.",
            en=f"{path} is not a checkpoint that this log signed.",
        ) from None


def _as_data(report: Report, verifier: Verifier) -> dict[str, Any]:
    checkpoint = report.checkpoint
    return {
        "ok": report.ok,
        "origin": checkpoint.origin if checkpoint else None,
        "size": checkpoint.size if checkpoint else None,
        "root": checkpoint.text.split("\n")[2] if checkpoint else None,
        "vkey": verifier.vkey,
        "leaves": report.leaves,
        "repeats": sum(partition.repeats for partition in report.partitions),
        "partitions": [asdict(partition) for partition in report.partitions],
        "problems": [asdict(problem) for problem in report.problems],
        "problem_count": report.problem_count,
    }


def _tell(report: Report, verifier: Verifier, *, trusted: bool) -> None:
    if report.checkpoint:
        print(report.checkpoint.text)
    for part in report.partitions:
        print(
            f"  {part.topic}-{part.partition}: {part.leaves:,}건 (재전송 {part.repeats:,}건)"
            f" · {part.leaves:,} leaves, {part.repeats:,} of them resends"
        )
    if not trusted:
        print(f"검증 키를 로그에서 받았습니다. The key was told by the log itself:\n  {verifier.vkey}")
    for problem in report.problems:
        print(f"✗ {problem.ko}\n  {problem.en}")
    untold = report.problem_count - len(report.problems)
    if untold:
        print(f"✗ 그 밖에 {untold:,}건이 더 있습니다.\n  {untold:,} more problems.")
    if report.ok:
        print(f"✓ 로그가 온전합니다: 잎 {report.leaves:,}개.\n  The log is whole: {report.leaves:,} leaves.")


def _tell_proof(found: EventProof, problems: list[str]) -> None:
    leaf = Leaf.parse(found.leaf) if "leaf" not in problems else None
    print(found.checkpoint)
    if leaf:
        print(f"잎 · leaf {found.index}: {leaf.topic}-{leaf.partition} @ {leaf.offset}")
    if found.opening and "opening" not in problems:
        record = Record.parse(found.opening.record)
        for name, value in record.headers:
            print(f"  {name}: {(value or b'').decode('utf-8', 'replace')}")
        print((record.value or b"").decode("utf-8", "replace"))
    if found.withheld:
        print(f"원문은 보관하지 않습니다. The record itself is not kept: {found.withheld}.")
    if problems:
        print(f"✗ 증명이 성립하지 않습니다.\n  The proof does not hold: {', '.join(problems)}.")
    else:
        print("✓ 이 이벤트는 로그에 있습니다.\n  The event is in the log.")


def _refused(response: httpx.Response) -> Refusal:
    try:
        problem = response.json()
        return Refusal("log-refused", ko=problem["detail_ko"], en=problem["detail_en"])
    except (ValueError, KeyError, TypeError):
        return _unreachable(str(response.url))


def _unreachable(url: str) -> Refusal:
    return Refusal(
        "log-unreachable",
        ko=f"{url}에서 로그를 읽을 수 없습니다.",
        en=f"The log cannot be read at {url}.",
    )
