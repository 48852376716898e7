"""A mail sink for development: it takes every message over SMTP, keeps it as a file and delivers none."""
