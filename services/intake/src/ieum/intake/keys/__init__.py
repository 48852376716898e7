"""Keys: exchanging the key-encryption key, and where destroyed keys still lie."""
