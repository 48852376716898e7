"""Own data: everything that intake holds of a person, as one document."""
