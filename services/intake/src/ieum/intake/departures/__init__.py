"""Staff who leave: their account ends, and what it owns passes on in the same transaction."""
