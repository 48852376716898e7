"""The life of a match: proposed, accepted, declined or expired; and who follows when a place comes free."""
