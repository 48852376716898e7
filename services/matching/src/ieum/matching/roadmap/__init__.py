"""What is open to a person now, what comes next, what is closed and why, by life stage."""
