"""Who may get what, who gets which place, and why."""
