"""Duplicates: two registrations of one person, merged by staff, with history, and undone."""
