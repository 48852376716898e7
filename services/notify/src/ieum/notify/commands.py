"""`ieum mail`: what the development sink took."""

from __future__ import annotations

import json
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Annotated

from cyclopts import App, Parameter
from rich.console import Console
from rich.table import Table

from ieum.common.local.home import Home
from ieum.notify.sink.maildir import Mail, Maildir

app = App(name="mail", help="Mail that the development sink took: nothing of it was delivered.")

Folder = Annotated[Path | None, Parameter(env_var="IEUM_SINK_DIR")]


@app.default
@app.command(name="list")
def list_mail(
    *,
    to: str | None = None,
    json_: Annotated[bool, Parameter(name="--json", negative="")] = False,
    folder: Folder = None,
) -> None:
    """List the mail in the sink, oldest first.

    Args:
        to: only mail to this address.
        json_: as JSON, one array of objects.
        folder: the sink's folder; the local stack's where it is left out.
    """
    found = [mail for mail in _sink(folder).headers() if to is None or to.lower() in _lowered(mail)]
    if json_:
        print(json.dumps([_as_data(mail) for mail in found], ensure_ascii=False, indent=2))
        return
    table = Table("No.", "Date", "To", "Subject")
    for mail in found:
        data = _as_data(mail)
        table.add_row(
            str(data["number"]), str(data["date"]), ", ".join(mail.recipients), str(data["subject"])
        )
    Console().print(table)


@app.command
def show(number: int, *, folder: Folder = None) -> None:
    """Print one mail, headers and text.

    Args:
        number: its number in the list.
        folder: the sink's folder; the local stack's where it is left out.
    """
    try:
        mail = _sink(folder).read(number)
    except FileNotFoundError:
        raise SystemExit(f"there is no mail {number}") from None
    for name in ("From", "To", "Subject", "Date", "Message-ID"):
        print(f"{name}: {mail.message[name]}")
    body = mail.message.get_body(("plain",))
    print("\n" + (body.get_content() if body else ""))


def _sink(folder: Path | None) -> Maildir:
    return Maildir(folder or Home.find().mail)


def _lowered(mail: Mail) -> list[str]:
    return [address.lower() for address in mail.recipients]


def _as_data(mail: Mail) -> dict[str, object]:
    message = mail.message
    date = message["Date"]
    return {
        "number": mail.number,
        "to": mail.recipients,
        "subject": str(message["Subject"] or ""),
        "date": parsedate_to_datetime(str(date)).isoformat() if date else None,
        "message_id": str(message["Message-ID"] or ""),
        "file": str(mail.path),
    }
