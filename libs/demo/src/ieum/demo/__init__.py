"""The demonstration: YES! Matching of 2022, by a client that speaks HTTP like any other."""
