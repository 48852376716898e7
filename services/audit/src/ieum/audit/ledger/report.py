"""What verifying a log finds, in Korean and English."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from ieum.audit.ledger.note import Checkpoint

PROBLEMS_MAX: Final = 100
"""Problems that are told one by one; of more, only the number is told."""


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong: a kebab-case code, a sentence in both languages, the leaf's index if any."""

    code: str
    ko: str
    en: str
    index: int | None = None


@dataclass(slots=True)
class Partition:
    """What the log holds of one partition: leaves, repeats among them, and the offset expected next."""

    topic: str
    partition: int
    leaves: int = 0
    repeats: int = 0
    expected: int = 0


@dataclass(slots=True)
class Report:
    """The outcome of verifying a log: its checkpoint, what it holds, and what is wrong with it."""

    checkpoint: Checkpoint | None = None
    leaves: int = 0
    partitions: list[Partition] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    problem_count: int = 0

    @property
    def ok(self) -> bool:
        """Whether nothing at all is wrong."""
        return self.problem_count == 0

    def add(self, problem: Problem) -> None:
        """Note a problem."""
        self.problem_count += 1
        if len(self.problems) < PROBLEMS_MAX:
            self.problems.append(problem)


def bad_signature(reason: str) -> Problem:
    """The checkpoint is not one that the trusted key signed."""
    return Problem(
        "signature",
        "체크포인트의 서명을 확인할 수 없습니다.",
        f"The checkpoint's signature cannot be verified: {reason}.",
    )


def other_origin(found: str, expected: str) -> Problem:
    """The checkpoint is of another log."""
    return Problem(
        "origin",
        f"다른 로그({found})의 체크포인트입니다. 확인하려는 로그는 {expected}입니다.",
        f"The checkpoint is of another log, {found}; expected {expected}.",
    )


def unreadable(path: str, reason: str) -> Problem:
    """A part of the log is missing or malformed, so the rest cannot be checked."""
    return Problem(
        "unreadable",
        f"{path}을(를) 읽을 수 없어 그 뒤는 확인하지 못했습니다.",
        f"{path} cannot be read, so nothing after it was checked: {reason}.",
    )


def wrong_hash(path: str, index: int) -> Problem:
    """A tile does not hold the hash of what lies beneath it."""
    return Problem(
        "tile",
        f"{path}의 해시가 {index}번 잎부터의 내용과 다릅니다.",
        f"{path} does not hold the hash of the leaves from {index} on.",
        index,
    )


def wrong_root() -> Problem:
    """The leaves do not add up to the signed root."""
    return Problem(
        "root",
        "잎으로 다시 계산한 루트가 서명된 루트와 다릅니다.",
        "The root computed from the leaves is not the one that was signed.",
    )


def strange_leaf(index: int) -> Problem:
    """A leaf is not in the log's own form."""
    return Problem(
        "leaf",
        f"{index}번 잎은 이 로그의 형식이 아닙니다.",
        f"Leaf {index} is not in this log's form.",
        index,
    )


def missing(topic: str, partition: int, first: int, last: int, index: int) -> Problem:
    """Offsets were passed over."""
    place = f"{topic}-{partition}"
    return Problem(
        "missing",
        f"{place}의 오프셋 {first}~{last}이(가) 빠져 있습니다.",
        f"Offsets {first} to {last} of {place} are missing.",
        index,
    )


def again(topic: str, partition: int, offset: int, index: int) -> Problem:
    """An offset comes after a later one: logged twice, or out of its order."""
    place = f"{topic}-{partition}"
    return Problem(
        "twice",
        f"{place}의 오프셋 {offset}이(가) 두 번 기록되었거나 순서가 어긋났습니다.",
        f"Offset {offset} of {place} is there twice, or out of order.",
        index,
    )


def repeat_of_nothing(topic: str, partition: int, index: int) -> Problem:
    """The first record of a partition is marked as a repeat, and there is nothing it could repeat."""
    place = f"{topic}-{partition}"
    return Problem(
        "repeat",
        f"{place}의 첫 기록이 재전송으로 표시되어 있습니다.",
        f"The first record of {place} is marked as a repeat.",
        index,
    )


def inconsistent(size: int) -> Problem:
    """The log does not begin with what an older checkpoint stood for."""
    return Problem(
        "inconsistent",
        f"이전 체크포인트(크기 {size})와 이어지지 않습니다. 기록이 바뀌었거나 지워졌습니다.",
        f"The log does not continue the older checkpoint of size {size}: it was changed or cut.",
    )
