"""Messages: which fact makes which, and each one's way from waiting to sent, once."""
