"""Counselling sessions: agreed, moved, held or missed, in the fields of the city's pack."""
