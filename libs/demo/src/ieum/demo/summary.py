"""What a run comes to, as data: what `--json` writes and what the report prints."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel


class Sizes(BaseModel):
    """How large the market was; the number of youths is invented."""

    workplaces: int
    places: int
    youths: int


class Funnel(BaseModel):
    """People, stage by stage; each is a part of the one before, but the last three.

    matched: hold a place that they accepted; told: got at least one message; logged: whose application the
    verified log holds.
    """

    registered: int
    applied: int
    eligible: int
    matched: int
    told: int
    logged: int


class Check(BaseModel):
    """Two numbers from different places that must be the same."""

    ko: str
    en: str
    expected: int
    found: int

    @property
    def ok(self) -> bool:
        """Whether they are."""
        return self.expected == self.found


class ImportedFile(BaseModel):
    """A file of an agency: rows that became applications, and rows that were turned away."""

    name: str
    agency: str
    accepted: int
    rejected: int
    example: str | None = None
    """A rejected row in the service's own words."""


class RoundFacts(BaseModel):
    """The round as the services told it. `parties` contributed to its lottery."""

    id: str
    official: str
    commitment: str
    seed: str
    market_digest: str
    result_digest: str
    lines_root: str
    parties: list[str]
    applicants: int
    places: int
    matched: int


class Answers(BaseModel):
    """What became of the proposals. `moved_up`: proposals made to somebody who had been waiting."""

    proposed: int
    accepted: int
    declined: int
    moved_up: int
    vacant: int
    by_link: int = 0
    """Places that nobody holds in the end."""


class Example(BaseModel):
    """One application as its service explains it; `title` says which of the five it is."""

    title: str
    title_en: str
    person: str
    application: str
    sentences: list[str]
    sentences_en: list[str] = []


class Step(BaseModel):
    """A sentence of a life, in both languages."""

    ko: str
    en: str


class Life(BaseModel):
    """One person's way through the agencies, and what of it was checked."""

    person: str
    steps: list[Step]
    checks: list[Check]


class Latency(BaseModel):
    """Milliseconds from the HTTP answer 201 to what `to` says, over `samples` applications."""

    to: Literal["match event", "delivered message"]
    samples: int
    p50_ms: float
    p99_ms: float


class LogFacts(BaseModel):
    """The log's newest checkpoint (a C2SP signed note) and what verifying it found."""

    ok: bool
    size: int
    root: str
    checkpoint: str
    repeats: int
    problems: list[str] = []


class Summary(BaseModel):
    """One year's run."""

    synthetic: Literal[True] = True
    seed: int
    year: int
    programme: str
    programme_name: str
    sizes: Sizes
    by_http: int
    by_csv: int
    files: list[ImportedFile]
    funnel: Funnel
    checks: list[Check]
    round: RoundFacts
    answers: Answers
    examples: list[Example]
    life: Life
    latency: list[Latency]
    mails: int
    log: LogFacts
    addresses: dict[str, str]
    folder: str
    seconds: float

    @property
    def ok(self) -> bool:
        """Whether the funnel and the life add up and the log verifies."""
        return self.log.ok and all(check.ok for check in (*self.checks, *self.life.checks))
