"""Kafka: safe options, consumers behind a fence, the outbox relay, dead letters, topics."""
