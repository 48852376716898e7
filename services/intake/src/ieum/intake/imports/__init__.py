"""Imports: applications, people and organisations that agencies send as CSV files and workbooks."""
