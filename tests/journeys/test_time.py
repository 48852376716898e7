"""Days pass in a second: a proposal that nobody answers expires, and the place goes to the next in line."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from ieum.common.testing.builders import Market

if TYPE_CHECKING:
    from ieum.common.testing.platform import Platform

pytestmark = pytest.mark.platform


def test_an_unanswered_proposal_expires_and_moves_on(platform: Platform) -> None:
    market = Market(platform, {"T-1": 1})
    silent, following = market.apply("T-1"), market.apply("T-1", skills=[], fields=[])
    market.wait_ranked(silent, following)
    market.clear()
    platform.until(lambda: platform.facts("matching-matches", "match.proposed", person=silent.person))
    platform.advance(timedelta(days=8))
    platform.until(
        lambda: platform.facts("matching-matches", "match.proposed", person=following.person),
        what="the proposal to the next in line",
    )
    [expired] = platform.facts("matching-matches", "match.expired", programme=market.programme)
    assert expired.data["person"] == silent.person
    platform.until(lambda: len(platform.mail(silent.email)) == 3, what="receipt, proposal, expiry")
