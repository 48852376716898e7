"""Weekly reports (주간보고) of places that were started."""
