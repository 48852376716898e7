"""Calls to and from people, within what they said of how they may be reached."""
