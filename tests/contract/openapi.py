"""The four services' OpenAPI documents as files for agencies to read: `make schemas` writes them."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path
from typing import Any

from ieum.common.service.prepare import SERVICES
from ieum.common.service.settings import REPOSITORY

from .test_routes import _application

FOLDER = REPOSITORY / "docs" / "openapi"


def document(service: str, secrets: Path) -> dict[str, Any]:
    """What the service says of itself in production."""
    return dict(_application(service, secrets, "production").openapi())


def written(found: dict[str, Any]) -> str:
    """The document as it stands in its file: keys in order, so that a change reads as one."""
    return json.dumps(found, ensure_ascii=False, indent=1, sort_keys=True) + "\n"


def write() -> None:
    """Write all of them anew."""
    FOLDER.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as secrets:
        for service in SERVICES:
            (FOLDER / f"{service}.json").write_text(
                written(document(service, Path(secrets))), encoding="utf-8"
            )


if __name__ == "__main__":
    write()
