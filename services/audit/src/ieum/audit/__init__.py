"""The audit service: the transparency log of every event, and its proofs."""
