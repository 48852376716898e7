"""`clear` and `verify` for anybody with the files: they need no platform."""

from __future__ import annotations

from pathlib import Path

from cyclopts import App

from ieum.common.kernel.errors import Refusal
from ieum.matching.clearing.canonical import canonical
from ieum.matching.clearing.node import load
from ieum.matching.clearing.parsing import parse, read

app = App(name="clearing", help="배정 계산과 검증 · Clear a market and verify a result.")


@app.command
def clear(market: Path, *, out: Path) -> int:
    """배정을 계산합니다 · Clear MARKET.json (ieum-market/1) and write the result (ieum-result/1) to OUT."""
    from ieum.matching.clearing.solve import solve  # here: numba takes half a second to load

    try:
        result = solve(read(market.read_bytes()))
        out.write_bytes(result.encode())
    except (Refusal, OSError) as error:
        return _failed(error)
    print(
        f"배정 {len(result.matches)}명, 미배정 {len(result.unmatched)}명 · "
        f"{len(result.matches)} placed, {len(result.unmatched)} not placed\n"
        f"market {result.market_digest}\nresult {result.digest}"
    )
    return 0


@app.command
def verify(market: Path, result: Path) -> int:
    """결과를 검증합니다 · Verify RESULT against MARKET; exit 1 and say what is wrong if it is not right."""
    from ieum.matching.clearing.verify import verify as problems_of

    try:
        document, _ = load(market.read_bytes())
        parse(document.value)
        answer = result.read_bytes()
        found = load(answer)[0].value
    except (Refusal, OSError) as error:
        return _failed(error)
    problems = problems_of(document.value, found) or _bytes_differ(found, answer)
    for problem in problems:
        print(f"✗ {problem}")
    if problems:
        print(f"검증 실패: 문제 {len(problems)}건 · NOT verified: {len(problems)} problem(s)")
        return 1
    print(f"검증되었습니다 · verified\nmarket {found['certificate']['market']}")
    print(f"result {found['certificate']['result']}")
    return 0


def _bytes_differ(document: dict[str, object], data: bytes) -> list[str]:
    same = canonical(document) == data  # type: ignore[arg-type]  # verified, so it holds JSON values alone
    return [] if same else ["the file does not hold the RFC 8785 bytes of its document"]


def _failed(error: Refusal | OSError) -> int:
    if isinstance(error, Refusal):
        where = f" ({error.pointer})" if error.pointer else ""
        print(f"✗ {error.code}{where}\n{error.ko}\n{error.en}")
    else:
        print(f"✗ 파일을 읽거나 쓸 수 없습니다 · the file cannot be read or written: {error}")
    return 1
