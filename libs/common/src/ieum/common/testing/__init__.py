"""Tools for tests; production code never imports them."""
