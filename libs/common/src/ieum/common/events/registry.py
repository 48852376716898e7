"""The register: what topics there are and which event types each may carry. `topics/*.yaml` is the law."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Literal

import yaml
from pydantic import BaseModel, ConfigDict

from ieum.common.events import (
    audit,
    intake,
    intake_appeals,
    intake_cases,
    intake_contacts,
    intake_documents,
    intake_people,
    intake_referrals,
    intake_reviews,
    intake_staff,
    matching,
    matching_assignments,
    matching_fairness,
    matching_interviews,
    matching_placement,
    matching_roadmaps,
    matching_rounds,
    notify,
)
from ieum.common.events.model import EventData

COMMON = Path(__file__).parents[4]
TOPICS = COMMON / "topics"
SCHEMAS = COMMON / "schemas"
EXAMPLES = COMMON / "examples"
_LANGUAGE = (
    intake, intake_appeals, intake_cases, intake_contacts, intake_documents, intake_people, intake_referrals,
    intake_reviews, intake_staff, matching, matching_assignments, matching_fairness, matching_interviews,
    matching_placement,
    matching_roadmaps, matching_rounds, notify, audit,
)  # fmt: skip


class Topic(BaseModel):
    """One topic file. `partitions` is final; `largest_record_bytes` counts the value alone."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    owner: str
    producers: tuple[str, ...]
    key: str
    partitions: int
    retention: Literal["forever", "compacted"]
    largest_record_bytes: int
    logged: bool
    readers: tuple[str, ...]
    types: tuple[str, ...]
    consumers: tuple[str, ...]


class Unregistered(LookupError):
    """A topic, type or version that the register does not know."""


class Registry:
    """Topics by name and models by event type."""

    def __init__(self, topics: Iterable[Topic], models: Iterable[type[EventData]]) -> None:
        self.topics: Mapping[str, Topic] = {topic.name: topic for topic in topics}
        self._models = {model.event_type: model for model in models}

    @classmethod
    def load(cls) -> Registry:
        """The project's own register: `topics/*.yaml` and the models of the published language."""
        return _load()

    def topic(self, name: str) -> Topic:
        """The topic of that name; raises Unregistered."""
        try:
            return self.topics[name]
        except KeyError:
            raise Unregistered(f"no topic {name} in the register") from None

    def model(self, type_: str) -> type[EventData]:
        """The model of that type and version; raises Unregistered."""
        try:
            return self._models[type_]
        except KeyError:
            raise Unregistered(f"no event type {type_} in the register") from None

    @property
    def models(self) -> Mapping[str, type[EventData]]:
        """All models by type."""
        return self._models

    def read_by(self, group: str) -> list[str]:
        """The topics that name this consumer group."""
        return [topic.name for topic in self.topics.values() if group in topic.consumers]


def published_models() -> Iterator[type[EventData]]:
    """Every event model of the published language, in the order of the modules."""
    for module in _LANGUAGE:
        for thing in vars(module).values():
            if isinstance(thing, type) and issubclass(thing, EventData) and "event_type" in vars(thing):
                yield thing


@cache
def _load() -> Registry:
    files = sorted(TOPICS.glob("*.yaml"))
    topics = [Topic.model_validate(yaml.safe_load(file.read_text(encoding="utf-8"))) for file in files]
    return Registry(topics, published_models())
