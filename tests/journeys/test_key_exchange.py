"""The key-encryption key is exchanged while the platform runs: nothing stops being readable at any step."""

from __future__ import annotations

import secrets
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from ieum.common.local.names import SERVICES
from ieum.common.privacy.keys import KeyWrapper
from ieum.common.testing.builders import Market

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ieum.common.testing.platform import Platform

pytestmark = [pytest.mark.platform, pytest.mark.long, pytest.mark.timeout(600)]


@pytest.fixture
def own_kek(platform: Platform) -> Iterator[bytes]:
    """The platform's KEK; a test that fails halfway leaves all that are needed to read."""
    yield bytes.fromhex((platform.home.secrets / "kek").read_text())
    for name in SERVICES:
        if not platform.alive(name):
            platform.start(name)


def test_the_key_encryption_key_is_exchanged_without_a_break(platform: Platform, own_kek: bytes) -> None:
    """As docs/runbooks/keys.md says, with a service restarted at every step and told of somebody new."""
    folder, market = platform.home.secrets, Market(platform, {"K-1": 3})
    first = market.apply("K-1")
    new = secrets.token_hex(32)
    (folder / "kek_next").write_text(new)
    _restart(platform)
    (folder / "kek").rename(folder / "kek_previous")
    (folder / "kek_next").rename(folder / "kek")
    platform.restart("intake")  # wraps under the new one, and the others, not yet restarted, read it
    market.staff = platform.client("intake", "staff", agency="daegu-youth-centre")
    second = market.apply("K-1")
    market.wait_ranked(first, second)
    _restart(platform)
    url = platform.url("intake")
    asked = ["keys", "rewrap", "--url", url, "--token", platform.token("operator")]
    command = [sys.executable, "-m", "ieum.common.cli", *asked]
    ended = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert ended.returncode == 0, ended.stderr
    assert "wrapped anew" in ended.stdout
    shown = platform.client("intake", "operator").get("/intake/operations/keys").json()
    assert set(shown["keys"]) == {shown["present"]} == {KeyWrapper(bytes.fromhex(new)).name}
    assert shown["present"] != KeyWrapper(own_kek).name
    platform.settled()
    (folder / "kek_previous").unlink()
    _restart(platform)
    staff = platform.client("intake", "staff", agency="daegu-youth-centre")
    for applicant in (first, second):
        opened = staff.get(f"/intake/people/{applicant.person}", params={"reveal": "확인"}).json()
        assert opened["contact"]["email"] == applicant.email
    market.staff = staff
    market.clear()
    for applicant in (first, second):  # matching opens them for the round, notify to write to them
        platform.until(lambda email=applicant.email: platform.mail(email))


def _restart(platform: Platform) -> None:
    for name in SERVICES:
        platform.restart(name)
