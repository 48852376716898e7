"""Timeline: everything that happened to a person, as all features tell it."""
