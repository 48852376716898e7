"""Reading a YAML file into a pydantic model, telling its writer the line and what was expected there.

Only the plain part of YAML is read: numbers, `true`/`false`, `null` and text. YAML 1.1's surprises (`no` and
`on` as truth values, 1:30 as ninety, silent double keys, aliases without bound) are off or refused.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

import yaml
from pydantic import BaseModel, ValidationError

from ieum.common.events.yaml_expected import expected
from ieum.common.kernel.errors import Refusal

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterable, Iterator

    from pydantic_core import ErrorDetails

M = TypeVar("M", bound=BaseModel)

BYTES_MAX = 1_000_000

Location = tuple[int | str, ...]


class Mistake(NamedTuple):
    """What is wrong at a place of a file, beyond single fields; `lines_below` within a text of many lines."""

    loc: Location
    ko: str
    en: str
    lines_below: int = 0


class _PlainLoader(yaml.SafeLoader):
    """SafeLoader with the scalars of YAML 1.2's JSON schema; dates stay text, which pydantic reads."""

    def compose_node(self, parent: yaml.Node | None, index: int) -> yaml.Node | None:
        if self.check_event(yaml.AliasEvent):
            raise yaml.MarkedYAMLError(problem="alias", problem_mark=self.get_mark())
        return super().compose_node(parent, index)

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, Any]:
        seen: set[str] = set()
        for key, _ in node.value:
            if str(key.value) in seen:
                raise yaml.MarkedYAMLError(problem="double key", problem_mark=key.start_mark)
            seen.add(str(key.value))
        return super().construct_mapping(node, deep)


_PlainLoader.yaml_implicit_resolvers = {}  # none of YAML 1.1's
for _tag, _pattern, _first in (
    ("null", r"^(?:null|~|)$", ["n", "~", ""]),
    ("bool", r"^(?:true|false)$", ["t", "f"]),
    ("int", r"^-?(?:0|[1-9][0-9]*)$", list("-0123456789")),
    ("float", r"^-?(?:0|[1-9][0-9]*)\.[0-9]+$", list("-0123456789")),
):
    _PlainLoader.add_implicit_resolver(f"tag:yaml.org,2002:{_tag}", re.compile(_pattern), _first)


def load_model(
    model: type[M],
    source: Path | str,
    *,
    name: str = "<text>",
    check: Callable[[M], Iterable[Mistake]] | None = None,
) -> M:
    """The model read from a file (a Path) or from YAML text, called `name` in refusals.

    `check` gives the mistakes that no single field shows. Raises Refusal `file-invalid`: per fault one line
    of text with file, line, field and what was expected.
    """
    text, name = (_read(source), source.name) if isinstance(source, Path) else (source, name)
    root = _compose(text, name)
    try:
        made = model.model_validate(_construct(text, name), extra="forbid")
    except ValidationError as error:
        faults = [
            (_line(root, fault["loc"]), _field(root, fault), *expected(fault)) for fault in error.errors()
        ]
        raise _refusal(name, faults) from None
    if check and (found := list(check(made))):
        raise _refusal(name, [_located(root, mistake) for mistake in found])
    return made


def refusal_at(source: Path, mistakes: Iterable[Mistake]) -> Refusal:
    """A refusal for rules that span files, e.g. a template id that no file defines, with their lines."""
    root = _compose(_read(source), source.name)
    return _refusal(source.name, [_located(root, mistake) for mistake in mistakes])


def joined(refusals: Iterable[Refusal]) -> Refusal:
    """All that is wrong with several files as one refusal."""
    found = list(refusals)
    return Refusal(
        "file-invalid", ko="\n".join(one.ko for one in found), en="\n".join(one.en for one in found)
    )


def _located(root: yaml.Node, mistake: Mistake) -> tuple[int, str, str, str]:
    line, node = root.start_mark.line, root
    for _, line, node in _walk(root, mistake.loc):  # noqa: B007 - the last ones count
        pass
    if isinstance(node, yaml.ScalarNode) and node.style in ("|", ">"):
        line += 1 + (mistake.lines_below if node.style == "|" else 0)  # a folded text hides its lines
    return line + 1, ".".join(map(str, mistake.loc)) or "-", mistake.ko, mistake.en


def _read(path: Path) -> str:
    raw = path.read_bytes()
    if len(raw) > BYTES_MAX:
        sentences = f"{BYTES_MAX}바이트를 넘을 수 없습니다", f"expected at most {BYTES_MAX} bytes"
        raise _refusal(path.name, [(1, "-", *sentences)])
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise _refusal(path.name, [(1, "-", "UTF-8 파일이어야 합니다", "expected UTF-8 text")]) from None


def _compose(text: str, name: str) -> yaml.Node:
    root = _run(text, name, "get_single_node")
    if not isinstance(root, yaml.MappingNode):
        raise _refusal(
            name, [(1, "-", "'항목: 값' 형식이어야 합니다", "expected a mapping of fields to values")]
        )
    return root


def _construct(text: str, name: str) -> Any:
    return _run(text, name, "get_single_data")


def _run(text: str, name: str, method: str) -> Any:
    try:
        return getattr(_PlainLoader(text), method)()
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise _refusal(name, [(line, "-", *_syntax(error))]) from None
    except (yaml.YAMLError, ValueError, RecursionError):
        raise _refusal(name, [(1, "-", "YAML로 읽을 수 없습니다", "expected YAML")]) from None


def _syntax(error: yaml.MarkedYAMLError) -> tuple[str, str]:
    if error.problem == "double key":
        return "같은 항목이 두 번 있습니다", "expected each field once"
    if error.problem == "alias":
        return "별칭(*)은 쓸 수 없습니다", "expected no aliases (*)"
    return "YAML 문법에 맞지 않습니다", f"expected YAML: {error.problem}"


def _refusal(name: str, faults: list[tuple[int, str, str, str]]) -> Refusal:
    return Refusal(
        "file-invalid",
        ko="\n".join(f"{name} {line}행 {field}: {ko}" for line, field, ko, _ in faults),
        en="\n".join(f"{name}, line {line}, {field}: {en}" for line, field, _, en in faults),
    )


def _line(root: yaml.Node, loc: Location) -> int:
    """The 1-based line of the deepest node on the way; a missing field is told at the place that lacks it."""
    mark: int = root.start_mark.line
    for _, line, _ in _walk(root, loc):
        mark = line
    return mark + 1


def _field(root: yaml.Node, fault: ErrorDetails) -> str:
    found = [str(part) for part, _, _ in _walk(root, fault["loc"])]
    lacking = [str(fault["loc"][-1])] if fault["type"] == "missing" else []
    return ".".join(found + lacking) or "-"


def _walk(root: yaml.Node, loc: Location) -> Iterator[tuple[int | str, int, yaml.Node]]:
    """The parts of `loc` that lead somewhere; pydantic's names of union members are skipped."""
    node = root
    for part in loc:
        step = _child(node, part)
        if step is not None:
            line, node = step
            yield part, line, node


def _child(node: yaml.Node, part: int | str) -> tuple[int, yaml.Node] | None:
    if isinstance(node, yaml.MappingNode):
        return next(
            ((key.start_mark.line, value) for key, value in node.value if key.value == str(part)), None
        )
    if isinstance(node, yaml.SequenceNode) and isinstance(part, int) and part < len(node.value):
        return node.value[part].start_mark.line, node.value[part]
    return None
