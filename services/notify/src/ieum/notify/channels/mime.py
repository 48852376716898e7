"""A letter as an Internet message (RFC 5322) in plain text; the same letter always gives the same bytes."""

from __future__ import annotations

from email.headerregistry import Address, HeaderRegistry
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from functools import cache
from zoneinfo import ZoneInfo

from ieum.notify.channels.domain import Letter, message_id

_SEOUL = ZoneInfo("Asia/Seoul")


class _Headers(HeaderRegistry):
    """Keeps the class of a header: the standard library makes one anew for every header of every mail."""

    def __getitem__(self, name: str) -> type:
        return _class_of(name)


@cache
def _class_of(name: str) -> type:
    return HeaderRegistry()[name]


_POLICY = SMTP.clone(header_factory=_Headers())


def compose(letter: Letter, *, sender: Address, city: str) -> bytes:
    """The whole message, ASCII on the wire (RFC 2047 subject, encoded UTF-8 text).

    Raises ValueError where the address is none, or not ASCII (RFC 6531 is not spoken by every provider), and
    where a header value has a line break.
    """
    mail = EmailMessage(policy=_POLICY)
    mail["To"] = _recipient(letter.address)
    mail["From"] = sender
    mail["Subject"] = letter.subject
    mail["Date"] = format_datetime(letter.written_at.astimezone(_SEOUL))
    mail["Message-ID"] = message_id(letter.id, city)
    # RFC 3834, section 5: keeps holiday responders from answering a machine.
    mail["Auto-Submitted"] = "auto-generated"
    mail.set_content(letter.text, charset="utf-8", cte="base64")
    mail["Content-Language"] = letter.language  # after set_content, which clears what begins with Content-
    return mail.as_bytes()


def _recipient(address: str) -> Address:
    if not address.isascii():
        raise ValueError("the address is not ASCII")
    try:
        return Address(addr_spec=address)
    except IndexError as error:  # how email.headerregistry answers an address without a part
        raise ValueError("the address is incomplete") from error
