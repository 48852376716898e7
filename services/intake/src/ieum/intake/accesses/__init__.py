"""Accesses: who looked at a person's data, in which service and why, shown to the person."""
