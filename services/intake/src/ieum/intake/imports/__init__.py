"""Imports: applications that agencies send as CSV files."""
