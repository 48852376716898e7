"""One JSON line an event, for our own code and for the libraries beneath; never with personal data."""

from __future__ import annotations

import logging
import sys
from typing import Final

import structlog
from structlog.typing import EventDict, Processor

from ieum.common.kernel.forbidden import find_forbidden

_NEVER: Final = frozenset({"name", "phone", "email", "birth_date", "address", "token", "authorization"})
_QUIET: Final = {"aiokafka": logging.ERROR, "uvicorn.access": logging.CRITICAL, "faststream": logging.ERROR}


def redact(_logger: object, _method: str, line: EventDict) -> EventDict:
    """Cut the values of fields that would name a person, and any text with a forbidden number."""
    for field, value in line.items():
        if field in _NEVER or (isinstance(value, str) and find_forbidden(value)):
            line[field] = "[redacted]"
    return line


def configure(service: str, level: str = "INFO") -> None:
    """Send every line to standard output as JSON with time, level, service and event."""
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        _service(service),
        redact,
    ]
    rendering: list[Processor] = [
        structlog.processors.format_exc_info,
        structlog.processors.JSONRenderer(ensure_ascii=False),
    ]
    structlog.configure(
        # Our own lines are written at once: through the standard library's loggers one costs twice as much.
        processors=[*shared, *rendering],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelName(level)),
        logger_factory=structlog.WriteLoggerFactory(sys.stdout),
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *rendering],
        )
    )
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(level)
    for name, quiet in _QUIET.items():
        logging.getLogger(name).setLevel(quiet)


def _service(name: str) -> Processor:
    def add(_logger: object, _method: str, line: EventDict) -> EventDict:
        line["service"] = name
        return line

    return add
