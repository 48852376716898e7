"""`ieum match receipt`: a person checks their own line, without a platform."""

from __future__ import annotations

import json
from pathlib import Path

from ieum.matching.rounds.receipts import wrong_with


def receipt(receipt: Path, *, root: str | None = None) -> int:
    """결과 확인서를 검증합니다 · Verify a RECEIPT; ROOT is `lines_root` of the round, from the log.

    Exit 1 and say what is wrong if it is not right.
    """
    try:
        document = json.loads(receipt.read_bytes())
    except (OSError, ValueError) as error:
        print(f"✗ 파일을 읽을 수 없습니다 · the file cannot be read: {error}")
        return 1
    problem = wrong_with(document, root)
    if problem:
        print(f"✗ 검증 실패 · NOT verified: {problem}")
        return 1
    print(f"검증되었습니다 · verified\n{document['line']}")
    if root is None:
        print(f"로그의 lines_root와 같은지 확인하십시오 · compare with the log: {document['root']}")
    return 0
