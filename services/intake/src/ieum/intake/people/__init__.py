"""People: who they are is sealed; they are found by keyed hashes."""
