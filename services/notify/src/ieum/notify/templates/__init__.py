"""Texts: the city pack's templates filled with the facts of one message."""
