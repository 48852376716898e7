"""Agreements (협약, MOU): which agency may refer to which, for which needs, from when to when."""
