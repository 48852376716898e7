"""Visits: taken once at the front desk under a neutral number, handed on to windows of several agencies."""
