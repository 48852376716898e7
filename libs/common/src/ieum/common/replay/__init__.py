"""Record events as scenarios without anybody's data, play them, compare what comes of it."""
