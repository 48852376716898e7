"""Ieum's shared foundations, layered from the kernel up."""
