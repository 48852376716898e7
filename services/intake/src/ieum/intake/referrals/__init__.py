"""Referrals (의뢰): one agency hands a person to another, and the loop is closed."""
