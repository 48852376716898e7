"""Organisations in their roles; what is kept of them is public."""
