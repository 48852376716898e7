"""Representatives: guardians and proxies who are people here too, and may act for somebody."""
