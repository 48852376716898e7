"""What Ieum's delivery core and services cost, beside peers that promise less: `python -m tests.bench`."""
