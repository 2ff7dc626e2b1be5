"""Structured logs: one line per fact, with the turn's id; readable on a terminal, JSON with LOG_FORMAT=json."""

from __future__ import annotations

import json
import logging
import re
import sys
from contextvars import ContextVar
from datetime import UTC, datetime
from typing import Any

turn_id: ContextVar[str] = ContextVar("turn_id", default="-")
"""Set while a turn or a delivery runs; every log line carries it."""

SECRETS = re.compile(
    r"(xox[a-z]-[\w-]+|xapp-[\w-]+|sk-[\w-]{8,}|(?<=Bearer )[\w.~+/-]+=*|(?<=://)[^/@\s:]+:[^/@\s]+(?=@)"
    r"|(?<=hooks\.slack\.com/)[\w/-]+|(?<=/respond/)[\w-]+)"
)
STANDARD = set(logging.makeLogRecord({}).__dict__) | {"message", "asctime", "taskName"}


def redact(text: str) -> str:
    """The text without tokens, passwords in URLs, keys and answer addresses."""
    return SECRETS.sub("[secret]", text)


def extras(record: logging.LogRecord) -> dict[str, Any]:
    return {key: value for key, value in record.__dict__.items() if key not in STANDARD}


class TextFormat(logging.Formatter):
    """18:00:01 INFO  turn=ab12 said what happened key=value"""

    def format(self, record: logging.LogRecord) -> str:
        at = datetime.fromtimestamp(record.created, UTC).strftime("%H:%M:%S")
        fields = "".join(f" {key}={value}" for key, value in extras(record).items())
        line = f"{at} {record.levelname:<7} turn={turn_id.get()} {record.getMessage()}{fields}"
        if record.exc_info:
            line += "\n" + self.formatException(record.exc_info)
        return redact(line)


class JsonFormat(logging.Formatter):
    """One JSON object a line."""

    def format(self, record: logging.LogRecord) -> str:
        fact: dict[str, Any] = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "turn": turn_id.get(),
            "message": redact(record.getMessage()),
            **{key: redact(str(value)) for key, value in extras(record).items()},
        }
        if record.exc_info:
            fact["trace"] = redact(self.formatException(record.exc_info))
        return json.dumps(fact, ensure_ascii=False)


def set_up_logs(form: str, level: str) -> None:
    """Log to stderr; stdout belongs to the commands' own output. Libraries speak from WARNING on."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonFormat() if form == "json" else TextFormat())
    logging.basicConfig(level=logging.WARNING, handlers=[handler], force=True)
    logging.getLogger("callsheet").setLevel(level)
    logging.getLogger("apscheduler").setLevel(logging.ERROR)
