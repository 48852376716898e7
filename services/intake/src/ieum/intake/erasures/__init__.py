"""Erasures: what a person asks to be forgotten, class by class, and who has done it."""
