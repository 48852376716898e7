"""Applications: a person's ranked choices in a programme, and what became of them."""
