"""Consents: one basis among others, per purpose, recipients, fields and period; given, shown, withdrawn."""
