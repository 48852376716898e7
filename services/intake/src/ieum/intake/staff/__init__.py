"""Who works here: accounts with roles and an agency, their holders, and how they end."""
