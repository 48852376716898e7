"""Pure foundations, standard library only: time, ids, outcomes, Korean text, dates, numbers."""
