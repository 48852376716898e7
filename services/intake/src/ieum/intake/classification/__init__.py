"""Words for work, to pick from while one types."""
