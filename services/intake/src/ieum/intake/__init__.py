"""The front door: people, organisations, programmes, openings, applications."""
