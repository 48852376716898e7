"""`ieum intake`: what staff and operators do from the command line, over HTTP like any client."""

from __future__ import annotations

from hashlib import sha256
from pathlib import Path
from typing import Annotated, Any

import httpx
from cyclopts import App, Parameter

from ieum.common.events.programme_file import load_programme
from ieum.common.kernel.errors import Refusal

TIMEOUT_SECONDS = 30

app = App(name="intake", help="Intake: programmes.")
programmes = App(name="programmes", help="Programme files.")
app.command(programmes)

Url = Annotated[str, Parameter(env_var="IEUM_INTAKE_URL")]
Token = Annotated[str, Parameter(env_var="IEUM_TOKEN")]


@programmes.command
def check(file: Path) -> None:
    """Read a programme file and say what is wrong with it, by line and field.

    Args:
        file: the YAML file.
    """
    programme = load_programme(file)
    print(f"{programme.id} {programme.version}: {programme.name.ko} / {programme.name.en}")


@programmes.command
def apply(file: Path, *, token: Token, url: Url = "http://127.0.0.1:8000") -> None:
    """Publish a programme file; the present version sent again changes nothing.

    Args:
        file: the YAML file.
        token: a bearer token of the agency's staff or of an operator; `ieum token` makes one.
        url: where intake answers.
    """
    load_programme(file)
    text = file.read_text(encoding="utf-8-sig")
    published = _post(f"{url}/intake/programmes", token, text)
    print(f"{published['id']} {published['version']}: {published['published_at']}")


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
