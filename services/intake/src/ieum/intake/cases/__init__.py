"""Cases: from a report (신고) to counselling, services, monitoring, follow-up and closing."""
