"""`ieum match`: what anybody with the files can do, without a platform."""

from __future__ import annotations

from cyclopts import App

from ieum.matching.clearing.commands import clear, verify
from ieum.matching.rounds.commands import receipt

app = App(name="match", help="배정을 계산하고 검증합니다 · Clear a market and verify a result.")
app.command(clear)
app.command(verify)
app.command(receipt)
