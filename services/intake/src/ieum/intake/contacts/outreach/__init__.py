"""Outreach (찾아가는 상담): the route of a worker's day, and what came of each stop."""
