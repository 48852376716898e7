"""What the environment tells the audit service beside what it tells every service."""

from __future__ import annotations

from ieum.audit.ledger.note import Signer
from ieum.common.service.settings import ServiceSettings


class AuditSettings(ServiceSettings):
    """`IEUM_LOG_ORIGIN` names the log; it is what the log signs and must never change while the log lives."""

    log_origin: str | None = None

    @property
    def origin(self) -> str:
        """The log's name, ieum.kr/<city> where none is given."""
        return self.log_origin or f"ieum.kr/{self.city}"

    def signer(self) -> Signer:
        """The log's key, from the secret file `log_key`; OSError where there is none."""
        return Signer(self.origin, self.secret("log_key"))
