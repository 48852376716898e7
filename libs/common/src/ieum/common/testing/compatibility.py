"""Whether an event's model may keep its version: what the committed schema allowed, beside the new one.

Retention is for ever, so the new reader must read what old writers wrote; consumers and producers are not
deployed at one moment, so the old reader must read what the new writer writes. A writer is closed (it adds
nothing the schema does not name), a reader is open (it ignores what it does not know).
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from jsoncompat import check_compat

Schema = dict[str, Any]


def incompatibilities(old: Schema, new: Schema) -> list[str]:
    """Why the new schema may not keep the version of the old one, a sentence each; empty when it may."""
    reasons = [] if old.get("topic") == new.get("topic") else ["the topic was changed"]
    reasons += _differences(_Side(old, old), _Side(new, new), "")
    if not reasons and not _may_read(writer=old, reader=new):
        reasons.append("the new reader does not read everything that was written")
    if not reasons and not _may_read(writer=new, reader=old):
        reasons.append("readers of the old version do not read everything that is written now")
    return reasons


def _may_read(*, writer: Schema, reader: Schema) -> bool:
    # jsoncompat takes an $id for a reference to another file.
    old, new = ({k: v for k, v in side.items() if k != "$id"} for side in (_closed(writer), reader))
    return bool(check_compat(json.dumps(old), json.dumps(new), "deserializer"))


def _closed(schema: Any) -> Any:
    """The same schema with no unnamed fields in any object."""
    if isinstance(schema, list):
        return [_closed(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    closed = {name: _closed(value) for name, value in schema.items()}
    return closed | ({"additionalProperties": False} if "properties" in schema else {})


class _Side:
    """A part of a schema, with the whole that its references point into."""

    def __init__(self, whole: Schema, part: Schema) -> None:
        self.whole = whole
        reference = part.get("$ref", "").removeprefix("#/$defs/")
        self.part: Schema = whole.get("$defs", {}).get(reference, part) if reference else part

    def at(self, part: Schema) -> _Side:
        return _Side(self.whole, part)


def _differences(old: _Side, new: _Side, path: str) -> Iterator[str]:
    before, after = old.part, new.part
    where = f"field {path}" if path else "the event"
    if _shape(before) != _shape(after):
        yield f"{where} was {_shape(before)} and is {_shape(after)}"
        return
    yield from _values(before, after, where)
    yield from _fields(old, new, path)
    if isinstance(before.get("items"), dict) and isinstance(after.get("items"), dict):
        yield from _differences(old.at(before["items"]), new.at(after["items"]), f"{path}[]")


def _fields(old: _Side, new: _Side, path: str) -> Iterator[str]:
    before, after = old.part.get("properties", {}), new.part.get("properties", {})
    was_required, is_required = set(old.part.get("required", ())), set(new.part.get("required", ()))
    for name in before.keys() - after.keys():
        yield f"field {_join(path, name)} was removed"
    for name in sorted(after.keys() - before.keys()):
        if name in is_required:
            yield f"field {_join(path, name)} was added and is required: old events lack it"
    for name in sorted(before.keys() & after.keys()):
        if name in is_required - was_required:
            yield f"field {_join(path, name)} became required: old events may lack it"
        if name in was_required - is_required:
            yield f"field {_join(path, name)} became optional: old readers require it"
        yield from _differences(old.at(before[name]), new.at(after[name]), _join(path, name))


def _values(before: Schema, after: Schema, where: str) -> Iterator[str]:
    was, now = set(map(str, before.get("enum", ()))), set(map(str, after.get("enum", ())))
    if was - now:
        yield f"{where} no longer allows {', '.join(sorted(was - now))}"
    if now - was:
        yield f"{where} now allows {', '.join(sorted(now - was))}: old readers refuse it"


def _shape(schema: Schema) -> str:
    """The kind of value in words: type, format, the members of a union."""
    if "anyOf" in schema:
        return " or ".join(sorted(_shape(member) for member in schema["anyOf"]))
    if "$ref" in schema:
        return str(schema["$ref"]).rpartition("/")[2]
    if "const" in schema:
        return f"always {schema['const']}"
    kind = str(schema.get("type", "anything"))
    return f"{kind} ({schema['format']})" if "format" in schema else kind


def _join(path: str, name: str) -> str:
    return f"{path}.{name}" if path else name
