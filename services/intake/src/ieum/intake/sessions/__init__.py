"""Signing in by OpenID Connect, and the sessions of those who did."""
