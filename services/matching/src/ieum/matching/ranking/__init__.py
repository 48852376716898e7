"""On arrival: who may apply, which openings fit best, and why."""
