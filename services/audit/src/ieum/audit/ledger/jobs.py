"""The log's timer: a checkpoint at least each second while the log grows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from ieum.audit.ledger import actions
from ieum.common.postgres import Actor
from ieum.common.privacy import purposes

if TYPE_CHECKING:
    from ieum.audit.ledger.note import Signer
    from ieum.common.service.app import Service
    from ieum.common.service.jobs import Run

CHECKPOINT_SECONDS: Final = 0.75
"""The pause between two looks; with the time that signing takes it stays within the second promised."""

_ACTOR = Actor("service", "audit/checkpoint")


def signing(signer: Signer) -> Run:
    """The job that signs with this key. Never again at once: one a second is enough."""

    async def sign(service: Service) -> int:
        async with service.database.unit_of_work(_ACTOR, purposes.AUDIT) as tx:
            await actions.sign_checkpoint(tx, signer)
        return 0

    return sign
