"""Where everything of the local stack lies: the repository and its ignored folder `.ieum`."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from ieum.common.kernel.errors import Refusal
from ieum.common.local.settings import LocalSettings


@dataclass(frozen=True)
class Home:
    """The repository's folder and the places beneath it."""

    root: Path

    @classmethod
    def find(cls) -> Home:
        """IEUM_HOME, else the checkout this package was installed from; refuses where it is neither."""
        # local → common → ieum → src → libs/common → libs → root
        root = LocalSettings().home or Path(__file__).resolve().parents[6]
        if not (root / "deploy" / "kafka" / "pom.xml").is_file():
            raise Refusal(
                "home-not-found",
                ko=f"{root} 폴더는 이음 저장소가 아닙니다. IEUM_HOME에 저장소의 경로를 적어 주십시오.",
                en=f"{root} is not a checkout of Ieum. Set IEUM_HOME to the path of one.",
            )
        return cls(root)

    @property
    def state(self) -> Path:
        """The folder of all local state; ignored by git."""
        return self.root / ".ieum"

    @property
    def secrets(self) -> Path:
        """The folder of secret files, one secret a file."""
        return self.state / "secrets"

    @property
    def run(self) -> Path:
        """Logs, the state of what runs, and the lock on changing it."""
        return self.state / "run"

    @property
    def kafka(self) -> Path:
        """Kafka's jars, data and log."""
        return self.state / "kafka"

    @property
    def postgres(self) -> Path:
        """Postgres's data, or the record of where it lies."""
        return self.state / "postgres"

    @property
    def mail(self) -> Path:
        """What the mail sink received."""
        return self.state / "mail"

    @property
    def cities(self) -> Path:
        """The folder of city packs."""
        return self.root / "deploy" / "cities"

    @property
    def pom(self) -> Path:
        """The Maven file that names Kafka's version and jars."""
        return self.root / "deploy" / "kafka" / "pom.xml"
