"""What the environment tells intake beside what every service is told."""

from __future__ import annotations

from typing import Annotated, Self

from pydantic import AfterValidator, Field, model_validator

from ieum.common.kernel.origins import check_origin, is_private
from ieum.common.service.settings import ServiceSettings


def _check_issuer(issuer: str | None) -> str | None:
    if issuer is not None and not is_private(issuer):
        raise ValueError("expected https: what the provider says must not be changed on the way")
    return issuer


class IntakeSettings(ServiceSettings):
    """Environment variables `IEUM_…`."""

    port: int = 8000
    import_bytes_max: int = Field(default=32 * 1024 * 1024, ge=1024)
    """The largest file of an import."""
    keys_sweep_hours: int = Field(default=24, ge=1)
    """How often an operator's timer runs `ieum keys sweep`."""
    backup_days: int = Field(default=30, ge=0)
    """How long a backup of intake's database, or archived WAL, is kept; 0: there is none."""
    document_bytes_max: int = Field(default=10 * 1024 * 1024, ge=1024, le=100 * 1024 * 1024)
    """The largest file that is attached to a draft or an application."""
    documents_max: int = Field(default=10, ge=1, le=100)
    """How many files may be attached to one."""
    verified_openings_only: bool = False
    """Whether an opening waits until its organisation was compared with a document or register."""
    return_origins: tuple[Annotated[str, AfterValidator(check_origin)], ...] = ()
    """Origins of the other services' pages, to which a sign-in may lead back, where they are not our own."""
    oidc_issuer: Annotated[str | None, AfterValidator(_check_issuer)] = None
    """The OpenID Connect provider by which people sign in; None: nobody does, by browser."""
    oidc_client_id: str = "ieum"
    """As the provider knows us; the secret is the file `oidc_client_secret`."""
    oidc_citizens: bool = True
    """Whether citizens sign in there too; no, where the provider is for staff alone."""

    @model_validator(mode="after")
    def _reachable(self) -> Self:
        if self.mode == "production" and self.oidc_issuer and not self.web_origin:
            raise ValueError("signing in needs IEUM_WEB_ORIGIN: where the provider sends people back to")
        return self
