"""The names of our metrics, in one place, with what each tells."""

from __future__ import annotations

from typing import Final, Literal

Name = Literal[
    "ieum_consumer_lag_records",
    "ieum_outbox_oldest_age_seconds",
    "ieum_dead_letters_parked",
    "ieum_relay_leading",
]

LAG: Final[Name] = "ieum_consumer_lag_records"
OUTBOX_AGE: Final[Name] = "ieum_outbox_oldest_age_seconds"
PARKED: Final[Name] = "ieum_dead_letters_parked"
RELAY_LEADS: Final[Name] = "ieum_relay_leading"

HELP: Final[dict[Name, str]] = {
    LAG: "Records of a partition that a group has not applied yet.",
    OUTBOX_AGE: "Age of the oldest event that waits to be sent to Kafka.",
    PARKED: "Records in the dead letters.",
    RELAY_LEADS: "1 where this process sends its database's outbox.",
}
