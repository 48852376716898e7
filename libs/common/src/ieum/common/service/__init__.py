"""How services are put together, configured, prepared and run."""
