"""Programmes and openings, as far as messages mention them."""
