"""Log lines and the names of metrics."""
