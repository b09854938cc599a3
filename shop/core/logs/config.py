"""The ``LOGGING`` dictionary: every line, ours or a library's, is one event that passes the redactor."""

import json
import logging
from collections.abc import Mapping, Sequence
from typing import Any, Literal, cast

import orjson
import structlog
from structlog.typing import Processor

from shop.core.logs.redaction import redact_event

Style = Literal["json", "console"]


def _before_rendering() -> list[Processor]:
    return [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.PositionalArgumentsFormatter(),
        structlog.processors.StackInfoRenderer(),
        structlog.processors.format_exc_info,
        # After exceptions became text and before anything is written.
        redact_event,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]


_encode_anything = json.JSONEncoder(ensure_ascii=False, default=str).encode


def _as_json(event: Any, **_options: Any) -> str:
    """Return one line."""
    try:
        return orjson.dumps(event, default=str, option=orjson.OPT_NON_STR_KEYS).decode()
    except TypeError:  # a number beyond 64 bits, half a surrogate pair
        return _encode_anything(event)


class EventFormatter(structlog.stdlib.ProcessorFormatter):
    """Renders our own events at once: they are complete. A library's line becomes an event first."""

    def __init__(self, *, renderer: Processor, foreign_pre_chain: Sequence[Processor]) -> None:
        super().__init__(
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, renderer],
            foreign_pre_chain=foreign_pre_chain,
        )
        self._renderer = renderer

    def format(self, record: logging.LogRecord) -> str:
        """Return the line."""
        if isinstance(record.msg, dict) and "_logger" in record.__dict__:
            return cast(
                str, self._renderer(record.__dict__["_logger"], record.__dict__["_name"], {**record.msg})
            )
        return super().format(record)


def logging_config(*, style: str, level: str) -> dict[str, Any]:
    """Return Django's ``LOGGING`` and set structlog up to write through it.

    ``style``: ``json`` for machines, ``console`` for a developer's eyes. Both are redacted.
    """
    if style not in ("json", "console"):
        raise ValueError(f"SHOP_LOG_FORMAT is json or console, not {style!r}.")
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *_before_rendering(),
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    renderer: Processor = (
        structlog.processors.JSONRenderer(serializer=_as_json)
        if style == "json"
        else structlog.dev.ConsoleRenderer()
    )
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {
            "shop": {
                "()": EventFormatter,
                "foreign_pre_chain": [structlog.stdlib.ExtraAdder(), *_before_rendering()],
                "renderer": renderer,
            }
        },
        "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "shop"}},
        "root": {"handlers": ["stderr"], "level": level.upper()},
        "loggers": _loggers(level.upper()),
    }


def _loggers(level: str) -> Mapping[str, Any]:
    quiet = {"level": "WARNING"}
    return {
        "django": {"handlers": [], "level": level, "propagate": True},
        # Names raw paths and queries; our access line names the route.
        "django.server": {"handlers": [], "level": "ERROR", "propagate": True},
        "django.request": {"handlers": [], "level": "ERROR", "propagate": True},
        "django.db.backends": {"level": "INFO"},
        "granian.access": quiet,
        "urllib3": quiet,
        "celery.app.trace": quiet,
        "kombu": quiet,
    }
