"""What the environment tells a service: addresses, folders, mode. Secrets come from files alone."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel
from pydantic_settings import BaseSettings, SettingsConfigDict

from ieum.common.kernel.origins import check_origin

REPOSITORY = Path(__file__).parents[6]


# Where Docker and Kubernetes mount secrets: a file `ieum_database` there is the setting `database`.
MOUNTED = Path("/run/secrets")


class ModuleCipher(BaseModel):
    """A cipher in GCM as a PKCS#11 module numbers it; `alg` is the name that sealed objects carry."""

    alg: str
    mechanism: int
    key_type: int


class ServiceSettings(BaseSettings):
    """Environment variables `IEUM_…` of every service."""

    model_config = SettingsConfigDict(
        env_prefix="IEUM_", extra="ignore", frozen=True, secrets_dir=MOUNTED if MOUNTED.is_dir() else None
    )

    kafka: str
    """Bootstrap servers, host:port, comma-separated."""
    database: str
    """DSN of the service's own database, as its application role."""
    secrets: Path
    """Folder of secret files."""
    city: str = "daegu"
    cities: Path = REPOSITORY / "deploy" / "cities"
    mode: Literal["development", "production"] = "production"
    web_origin: Annotated[str | None, AfterValidator(check_origin)] = None
    """Where people reach Ieum in their browsers, `https://host[:port]`; one for all services."""
    sign_in_origin: Annotated[str | None, AfterValidator(check_origin)] = None
    """Where intake's pages are, if not at this service's own origin: cookies know no ports, redirects do."""
    host: str = "127.0.0.1"
    port: int = 8000
    replica: str = "0"
    """Name of this process among the replicas of its service: a static member of its consumer groups."""
    log_level: str = "INFO"
    pkcs11: Path | None = None
    """A validated module's shared library, which holds the key-encryption key; None: secret file `kek`."""
    pkcs11_token: str = "ieum"  # noqa: S105 - a label
    """The token's label; its PIN is the secret file `pkcs11_pin`."""
    pkcs11_key: str = "kek"
    """The label of the KEK that wraps."""
    pkcs11_other_keys: tuple[str, ...] = ()
    """Labels of KEKs under which older keys may still lie."""
    pkcs11_cipher: ModuleCipher | None = None
    """With what the module seals; None: sealing stays in memory, and the module holds the KEK alone."""

    def secret(self, name: str) -> bytes:
        """A secret file's hex, as bytes; raises OSError where there is none."""
        return bytes.fromhex((self.secrets / name).read_text(encoding="ascii").strip())
