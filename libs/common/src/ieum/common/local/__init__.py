"""Kafka, Postgres and the four services on one machine, without Docker."""
