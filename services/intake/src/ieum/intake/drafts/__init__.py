"""Drafts: applications that somebody began and goes on with later.

No event tells of one: until it is submitted a draft concerns nobody but the person and the window that helps.
"""
