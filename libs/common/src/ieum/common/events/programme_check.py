"""What a programme file must be beyond its fields: steps that end, conditions that compile, lawful questions.

Files are checked so when they are read; a definition in an event was checked before it was published.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ieum.common.events.expressions import VARIABLES, ExpressionError, compiled
from ieum.common.events.hiring_law import HIRING_KINDS, forbidden_question
from ieum.common.events.yaml_model import Mistake

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ieum.common.events.programme import FollowUp, Programme
    from ieum.common.events.programme_form import Question

TRIMMED_REVIEWERS_MIN = 3
ANCHORS = ("submitted", "started", "completed")


def mistakes(programme: Programme) -> Iterator[Mistake]:
    """Every mistake that no single field shows, with its place in the file."""
    yield from _expressions(programme)
    yield from _steps(programme)
    yield from _form(programme)
    yield from _openings(programme)
    yield from _interviews(programme)
    yield from _documents_and_review(programme)


def _expressions(programme: Programme) -> Iterator[Mistake]:
    for place, rule in enumerate(programme.eligibility.rules):
        try:
            compiled(rule.expression)
        except ExpressionError as error:
            names, where = ", ".join(VARIABLES), f"{error.line}:{error.column} {error}"
            yield Mistake(
                ("eligibility", "rules", place, "expression"),
                f"CEL 조건식이 맞지 않습니다({where}). 쓸 수 있는 변수: {names}",
                f"expected a condition in CEL ({where}); its variables: {names}",
                error.line - 1,
            )
    yield from _doubles(("eligibility", "rules"), [rule.id for rule in programme.eligibility.rules])


def _steps(programme: Programme) -> Iterator[Mistake]:
    steps = {step.id: step for step in programme.follow_up}
    yield from _doubles(("follow_up",), [step.id for step in programme.follow_up])
    for place, step in enumerate(programme.follow_up):
        at = ("follow_up", place, "after")
        if step.id in ANCHORS:
            listed = ", ".join(ANCHORS)
            yield Mistake(
                ("follow_up", place, "id"),
                f"{listed}는 단계 이름으로 쓸 수 없습니다",
                f"expected none of {listed}",
            )
        elif step.after not in ANCHORS and step.after not in steps:
            listed = ", ".join((*ANCHORS, *steps))
            yield Mistake(at, f"다음 중 하나여야 합니다: {listed}", f"expected one of {listed}")
        elif circle := _circle(step, steps):
            way = " → ".join(circle)
            yield Mistake(at, f"단계가 서로 꼬리를 뭅니다: {way}", f"expected steps that end, not {way}")


def _circle(step: FollowUp, steps: dict[str, FollowUp]) -> list[str]:
    """The way from a step back to itself; empty where it leads to an anchor or into another circle."""
    way, after = [step.id], step.after
    while after in steps and after not in way:
        way.append(after)
        after = steps[after].after
    return [*way, after] if after == step.id else []


def _form(programme: Programme) -> Iterator[Mistake]:
    form = programme.form
    if form is None:
        return
    for place, name in enumerate(form.required):
        if name not in form.properties:
            yield Mistake(
                ("form", "required", place), f"없는 질문입니다: {name}", f"expected a question, not {name}"
            )
    for name, question in form.properties.items():
        at = ("form", "properties", name)
        if (question.type == "array") != (question.items is not None):
            yield Mistake(
                at, "items는 array에만, 반드시 씁니다", "expected `items` exactly where the type is array"
            )
        if programme.kind in HIRING_KINDS and (asked := forbidden_question(name, *_words(question))):
            yield Mistake(
                at,
                f"채용에서 물을 수 없습니다: {asked.ko} (채용절차법 제4조의3)",
                f"expected no question about {asked.en} (Fair Hiring Procedure Act, 4-3)",
            )


def _words(question: Question) -> Iterator[str]:
    texts = (question.title, question.title_en, question.description, question.description_en)
    yield from (text for text in texts if text)
    yield from question.enum or ()
    yield from (question.items and question.items.enum) or ()


def _openings(programme: Programme) -> Iterator[Mistake]:
    for field in ("opening", "matching"):
        if programme.choices.max and field not in programme.model_fields_set:
            yield Mistake(
                ("choices",),
                f"자리를 고르는 사업에는 {field} 항목이 있어야 합니다",
                f"expected `{field}` in a programme whose openings are chosen",
            )


def _interviews(programme: Programme) -> Iterator[Mistake]:
    interviews = programme.matching.interviews
    if interviews is None:
        return
    at = ("matching", "interviews")
    if programme.matching.policy != "rounds":
        yield Mistake(
            at,
            "면접은 회차로 배정하는 사업(policy: rounds)에만 둘 수 있습니다",
            "expected interviews only where places are given in rounds (`policy: rounds`)",
        )
    yield from _doubles((*at, "criteria"), [one.id for one in interviews.criteria])


def _documents_and_review(programme: Programme) -> Iterator[Mistake]:
    yield from _doubles(("documents",), [one.id for one in programme.documents])
    review = programme.review
    if review is None:
        return
    criteria = [one.id for one in review.criteria]
    yield from _doubles(("review", "criteria"), criteria)
    if review.combine == "trimmed-mean" and review.reviewers < TRIMMED_REVIEWERS_MIN:
        yield Mistake(
            ("review", "reviewers"),
            "최고점과 최저점을 빼려면 심사위원이 3명 이상이어야 합니다",
            "expected at least 3 reviewers, as the highest and the lowest total are left out",
        )
    questions = list(programme.form.properties) if programme.form else []
    for field, named, known in (("ties", review.ties, criteria), ("hides", review.hides, questions)):
        for place, name in enumerate(named):
            if name not in known:
                at, listed = ("review", field, place), ", ".join(known)
                yield Mistake(at, f"다음 중 하나여야 합니다: {listed}", f"expected one of {listed}")


def _doubles(at: tuple[str, ...], names: list[str]) -> Iterator[Mistake]:
    for place, name in enumerate(names):
        if name in names[:place]:
            yield Mistake((*at, place, "id"), f"두 번 나옵니다: {name}", f"expected once: {name}")
