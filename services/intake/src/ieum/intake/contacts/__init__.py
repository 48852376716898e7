"""Contacts: visits, calls, outreach and counselling sessions; that they took place, and what was noted."""
