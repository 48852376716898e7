"""The market as intake tells of it: people, organisations, programmes, openings, applications."""
