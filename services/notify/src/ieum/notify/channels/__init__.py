"""Ways out of the house: one file a provider, all with the same outcomes."""
