"""Sealing of personal fields, keys per person and record class, purposes and legal bases."""
