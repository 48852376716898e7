"""Which key-encryption keys a service has, and whether a validated module seals: as its settings say.

Secret files: `kek` wraps; `kek_next` and `kek_previous` are read only, while one is exchanged for another.
Where a module is set, its key wraps, and what those files wrapped before still unwraps.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from ieum.common.privacy import sealing
from ieum.common.privacy.keys import KeyWrapper, KeyWrappers, Wrapper

if TYPE_CHECKING:
    from ieum.common.privacy.pkcs11 import Token
    from ieum.common.service.settings import ServiceSettings

FILES = ("kek", "kek_next", "kek_previous")
PIN = "pkcs11_pin"


def wrapper(settings: ServiceSettings) -> Wrapper:
    """The KEK that wraps now, and all others that are there; raises OSError where there is none at all."""
    files = [name for name in FILES if (settings.secrets / name).is_file()]
    held: list[Wrapper] = [*_in_module(settings), *(KeyWrapper(settings.secret(name)) for name in files)]
    return KeyWrappers(*held) if held else KeyWrapper(settings.secret("kek"))


def choose_sealer(settings: ServiceSettings) -> None:
    """Let the module seal, where the settings say with which cipher."""
    if settings.pkcs11 and (cipher := settings.pkcs11_cipher):
        from ieum.common.privacy.pkcs11 import ModuleSealer

        token = _token(settings.pkcs11, settings.pkcs11_token, settings.secrets / PIN)
        sealing.use(ModuleSealer(token, alg=cipher.alg, mechanism=cipher.mechanism, key_type=cipher.key_type))


def _in_module(settings: ServiceSettings) -> list[Wrapper]:
    if settings.pkcs11 is None:
        return []
    from ieum.common.privacy.pkcs11 import ModuleWrapper

    token = _token(settings.pkcs11, settings.pkcs11_token, settings.secrets / PIN)
    return [ModuleWrapper(token, label) for label in (settings.pkcs11_key, *settings.pkcs11_other_keys)]


@cache
def _token(module: Path, label: str, pin: Path) -> Token:
    """One session for a process: a token refuses a second sign-in."""
    from ieum.common.privacy.pkcs11 import Token

    return Token(module, label, pin.read_text(encoding="utf-8").strip())
