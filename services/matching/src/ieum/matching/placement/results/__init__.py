"""The page on which a person reads what became of an application, and does what there is to do."""
