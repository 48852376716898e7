"""Interviews between workplaces and those who chose them."""
