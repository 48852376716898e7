"""A PKCS#11 module for tests: SoftHSM, where the machine has it (Debian: softhsm2)."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from ieum.common.privacy.pkcs11 import Token
from ieum.common.privacy.sealing import AesGcmSealer, ChaChaSealer, Sealer

PIN = "8642"
LABEL = "ieum"
MODULES = (
    "/usr/lib/softhsm/libsofthsm2.so",
    "/usr/lib64/softhsm/libsofthsm2.so",
    "/usr/lib64/pkcs11/libsofthsm2.so",
    "/opt/homebrew/lib/softhsm/libsofthsm2.so",
    "/usr/local/lib/softhsm/libsofthsm2.so",
)


@pytest.fixture(scope="session")
def module(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The module's library with an empty token in a folder of its own; skips where there is none."""
    found = next((Path(place) for place in MODULES if Path(place).exists()), None)
    tool = shutil.which("softhsm2-util")
    if found is None or tool is None:
        pytest.skip("no SoftHSM on this machine: apt-get install softhsm2")
    folder = tmp_path_factory.mktemp("softhsm")
    config = folder / "softhsm2.conf"
    (folder / "tokens").mkdir()
    config.write_text(f"directories.tokendir = {folder}/tokens\nobjectstore.backend = file\n")
    os.environ["SOFTHSM2_CONF"] = str(config)  # the library reads it when it is loaded
    made = [tool, "--init-token", "--free", "--label", LABEL, "--so-pin", "13579", "--pin", PIN]
    subprocess.run(made, check=True, capture_output=True)
    return found


@pytest.fixture(scope="session")
def token(module: Path) -> Token:
    """The token, signed in to, with two key-encryption keys: `kek` and `kek-2`."""
    token = Token(module, LABEL, PIN)
    token.make_kek("kek")
    token.make_kek("kek-2")
    return token


@pytest.fixture(params=["memory AES-GCM", "memory ChaCha20", "PKCS#11 AES-GCM"])
def sealer(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Sealer:
    """Each implementation of the port in turn, also as the one that opens its `alg`."""
    from ieum.common.privacy import sealing
    from ieum.common.privacy.pkcs11 import ModuleSealer

    made: dict[str, type[Sealer]] = {"memory AES-GCM": AesGcmSealer, "memory ChaCha20": ChaChaSealer}
    found = made[request.param]() if request.param in made else ModuleSealer(request.getfixturevalue("token"))
    monkeypatch.setitem(sealing.SEALERS, found.alg, found)
    return found
