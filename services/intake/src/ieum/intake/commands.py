"""`ieum programmes`: what staff and operators do from the command line, over HTTP like any client."""

from __future__ import annotations

from hashlib import sha256
from pathlib import Path
from typing import Annotated, Any

import httpx
from cyclopts import App, Parameter

from ieum.common.events.programme_file import load_programme
from ieum.common.kernel.errors import Refusal
from ieum.common.service.city import City

TIMEOUT_SECONDS = 30

app = App(name="programmes", help="Programme files and city packs.")

Url = Annotated[str, Parameter(env_var="IEUM_INTAKE_URL")]
Token = Annotated[str, Parameter(env_var="IEUM_TOKEN")]


@app.command
def check(path: Path) -> None:
    """Read a city pack, or one programme file, and say all that is wrong with it, by file, line and field.

    Args:
        path: the pack's folder, or a YAML file.
    """
    for programme in City.load(path).programmes if path.is_dir() else [load_programme(_there(path))]:
        print(f"{programme.id} {programme.version}: {programme.name.ko} / {programme.name.en}")


@app.command
def apply(file: Path, *, token: Token, url: Url = "http://127.0.0.1:8000") -> None:
    """Publish a programme file; the present version sent again changes nothing.

    Args:
        file: the YAML file.
        token: a bearer token of the agency's staff or of an operator; `ieum token` makes one.
        url: where intake answers.
    """
    load_programme(_there(file))
    text = file.read_text(encoding="utf-8-sig")
    published = _post(f"{url}/intake/programmes", token, text)
    print(f"{published['id']} {published['version']}: {published['published_at']}")


def _there(path: Path) -> Path:
    if not path.is_file():
        raise Refusal(
            "file-missing",
            ko=f"파일이나 폴더가 없습니다: {path}",
            en=f"There is no such file or folder: {path}",
        )
    return path


def _post(url: str, token: str, text: str) -> dict[str, Any]:
    headers = {"Authorization": f"Bearer {token}", "Idempotency-Key": sha256(text.encode()).hexdigest()}
    try:
        answer = httpx.post(url, json={"yaml": text}, headers=headers, timeout=TIMEOUT_SECONDS)
    except httpx.HTTPError as error:
        raise SystemExit(f"{url} does not answer: {type(error).__name__}") from None
    found: dict[str, Any] = answer.json()
    if answer.is_success:
        return found
    raise Refusal(
        found["type"].rpartition("/")[2],
        ko=found["detail_ko"],
        en=found["detail_en"],
        status=answer.status_code,
    )
