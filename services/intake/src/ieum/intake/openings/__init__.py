"""Openings: capacity in a programme, at an organisation."""
