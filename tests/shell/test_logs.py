"""Logs carry the turn's id and no secret, on a terminal and as JSON."""

from __future__ import annotations

import json
import logging

import pytest

from bot.logs import JsonFormat, TextFormat, redact, turn_id

SECRETS = (
    "xoxb-12345-abcdef",
    "xapp-1-A0-99-abcdef",
    "https://hooks.slack.com/commands/T1/2/secret",
    "http://127.0.0.1:8765/respond/s3cr3t-token",
    "postgresql://me:hunter2@db/callsheet",
    "Authorization: Bearer abc.def-ghi",
    "sk-proj-abcdefghijkl",
)


@pytest.mark.parametrize("text", SECRETS)
def test_secrets_do_not_pass(text: str) -> None:
    said = redact(f"before {text} after")
    assert "[secret]" in said
    for secret in ("12345-abcdef", "A0-99", "T1/2/secret", "s3cr3t", "hunter2", "abc.def", "abcdefghijkl"):
        assert secret not in said
    assert said.startswith("before ")
    assert said.endswith(" after")


def record(message: str, **extra: object) -> logging.LogRecord:
    made = logging.makeLogRecord({"name": "callsheet.turn", "levelname": "INFO", "msg": message})
    made.__dict__.update(extra)
    return made


def test_a_line_for_people_and_one_for_machines() -> None:
    token = turn_id.set("ab12cd34")
    line = TextFormat().format(record("said what happened", kind="press"))
    fact = json.loads(
        JsonFormat().format(record("说了什么 xoxb-1-2", kind="press", answer="https://hooks.slack.com/x/y"))
    )
    turn_id.reset(token)
    assert "turn=ab12cd34 said what happened kind=press" in line
    assert fact["turn"] == "ab12cd34"
    assert fact["kind"] == "press"
    assert fact["message"] == "说了什么 [secret]"
    assert "x/y" not in fact["answer"]


def test_a_traceback_is_redacted_too() -> None:
    try:
        raise RuntimeError("token xoxb-1-2")
    except RuntimeError as error:
        made = record("broke")
        made.exc_info = (type(error), error, error.__traceback__)
    for form in (TextFormat(), JsonFormat()):
        assert "xoxb-1-2" not in form.format(made)
