"""The life of a round: opened, computed, confirmed by a named official or sent back."""
