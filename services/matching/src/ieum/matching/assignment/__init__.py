"""Who looks after whom: counsellors, supervisors, mentors and case workers, assigned by cost."""
