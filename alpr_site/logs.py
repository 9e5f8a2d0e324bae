"""Structured logs: one JSON object a line, with request ids, without addresses' query strings or request bodies."""

import logging
import re
from typing import Any

import structlog

SHARED: list[Any] = [
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.add_log_level,
    structlog.stdlib.add_logger_name,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
]


UNKNOWN = "[unknown address]"
LONGEST_WORD = 24
_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


def shown_path(path: str) -> str:
    """The path of an address as a log may hold it: no query, no segment that could be a one-time token."""
    parts = path.partition("?")[0].split("/")
    return "/".join(part if len(part) <= LONGEST_WORD or _UUID.fullmatch(part) else "[hidden]" for part in parts)


class HideAddresses(logging.Filter):
    """Rewrites the addresses in Django's own records; one that is not there (404) may be anything someone typed."""

    def filter(self, record: logging.LogRecord) -> bool:
        if record.name.startswith("django.") and isinstance(record.args, tuple):
            record.args = tuple(self._shown(value, record) for value in record.args)
        return True

    def _shown(self, value: object, record: logging.LogRecord) -> object:
        if not isinstance(value, str) or "/" not in value:
            return value
        if getattr(record, "status_code", None) == 404:
            return UNKNOWN
        return shown_path(value)


def configure() -> None:
    """Point structlog at the standard library's logging, once at start-up."""
    structlog.configure(
        processors=[*SHARED, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )


class JsonFormatter(structlog.stdlib.ProcessorFormatter):
    """Render records of structlog and of plain ``logging`` alike."""

    def __init__(self, *_: Any, **__: Any) -> None:
        super().__init__(
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.format_exc_info,
                structlog.processors.JSONRenderer(),
            ],
            foreign_pre_chain=SHARED,
        )


logging.captureWarnings(True)
