"""Notify: tells people and workplaces what was decided, once, in their language."""
