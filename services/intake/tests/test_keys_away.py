"""What needs the broker says so at once where there is none."""

from __future__ import annotations

import asyncio

import pytest

from .world import World, problem

pytestmark = pytest.mark.servers


async def test_reconciling_keys_without_a_broker_is_refused_and_waits_for_nothing(intake: World) -> None:
    """Following the topic of keys waits for its broker without an end: so did the operator who asked."""
    asked = intake.post("operations/keys/reconcile", role="operator")
    assert problem(await asyncio.wait_for(asked, 10)) == (503, "unavailable")
