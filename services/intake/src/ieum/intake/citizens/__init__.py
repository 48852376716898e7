"""Whom a citizen's sign-in speaks for."""
