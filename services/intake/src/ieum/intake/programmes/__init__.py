"""Programmes: definitions that staff publish, version by version."""
