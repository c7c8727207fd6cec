"""Logs: one JSON object a line, with the request id that follows an event to its delivery, and no secret."""

from __future__ import annotations

from typing import Any

import structlog


def configure_logs(level: str) -> dict[str, Any]:
    """Sets structlog up; returns Django's LOGGING."""
    before: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        # As text before the redaction, which reads nothing else: what an error says may hold an address.
        structlog.processors.format_exc_info,
        _redact_log,
    ]
    structlog.configure(
        # The level first: what nobody will read is not put together.
        processors=[structlog.stdlib.filter_by_level, *before, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )
    formatter = {
        "()": structlog.stdlib.ProcessorFormatter,
        "processor": structlog.processors.JSONRenderer(),
        "foreign_pre_chain": before,
    }
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {"json": formatter},
        "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "json"}},
        "root": {"handlers": ["stderr"], "level": level},
        "loggers": {
            "django.server": {"handlers": ["stderr"], "level": "WARNING", "propagate": False},
            "django-q": {"handlers": ["stderr"], "level": "WARNING", "propagate": False},
            # Its warnings show the signed addresses of results; what went wrong, the warehouse says itself, and once.
            "snowflake.connector": {"handlers": ["stderr"], "level": "CRITICAL", "propagate": False},
        },
    }


def _redact_log(logger: Any, method: str, event: Any) -> Any:
    # Imported late: settings must not import a module that reads settings.
    from iterable_admin.redaction import redact_log

    return redact_log(logger, method, event)
