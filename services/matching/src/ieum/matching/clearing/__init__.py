"""Clearing a round: deferred acceptance from `ieum-market/1` to `ieum-result/1`.

The way through: `parsing.read` (bytes to a market, or a refusal with its code) → `solve.solve` (the
answer, with `explain`'s reasons and a certificate) → `verify.verify`, which shares no code with any of them.
"""
