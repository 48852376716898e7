"""How a round treated groups of applicants, in numbers that tell of nobody."""
