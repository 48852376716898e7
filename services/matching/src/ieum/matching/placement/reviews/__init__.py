"""One click asks that a human being look at what was decided."""
