"""`callsheet init` and `callsheet manifest`."""

from __future__ import annotations

import getpass
import json
import sys
from collections.abc import Callable
from pathlib import Path

from bot.places import write_private
from bot.settings import Refused, load_settings
from storage.secrets import SecretBox

QUESTIONS = (
    ("SLACK_BOT_TOKEN", "Bot token (xoxb-…, page “OAuth & Permissions”; empty: local workspace)", "xoxb-"),
    ("SLACK_APP_TOKEN", "App-level token (xapp-…, page “Basic Information”; empty: signed HTTP instead)", "xapp-"),
    ("SLACK_SIGNING_SECRET", "Signing secret (page “Basic Information”)", ""),
)
Ask = Callable[[str], str]


def write_env(path: Path, *, force: bool, ask: Ask | None = None) -> int:
    """Asks for the two tokens (not echoed), makes the key for secrets at rest, writes the file with mode 0600."""
    if path.exists() and not force:
        raise Refused(f"{path} is already there; edit it, or use --force to replace it.")
    ask = ask or (getpass.getpass if sys.stdin.isatty() else from_pipe)
    answers = asked(ask)
    lines = ["# Settings of Callsheet; see docs/operations.md for all of them."]
    lines += [f"{name}={value}" for name, value in answers.items() if value]
    lines += [f"SECRET_KEY={kept_key() or SecretBox.new_key()}", ""]
    write_private(path, "\n".join(lines))
    print(f"Wrote {path} (readable by you alone). Next: `./run doctor`, then `./run`.")
    return 0


def asked(ask: Ask) -> dict[str, str]:
    """The tokens that belong together: a bot token with an app token, or with a signing secret; or none at all."""
    bot, app, signing = QUESTIONS
    answers = {bot[0]: answer(ask, bot[1], bot[2])}
    if answers[bot[0]]:
        answers[app[0]] = answer(ask, app[1], app[2])
        if not answers[app[0]]:
            answers[signing[0]] = answer(ask, signing[1], signing[2])
            if not answers[signing[0]]:
                raise Refused("A bot token needs an app-level token or a signing secret; nothing was written.")
    return answers


def kept_key() -> str:
    """The key that a first start has already made: secrets sealed with it stay readable."""
    path = load_settings().data_dir / "secret.key"
    return path.read_text(encoding="ascii").strip() if path.exists() else ""


def answer(ask: Ask, text: str, prefix: str) -> str:
    """Asks until the answer is empty or begins as it must; three wrong ones end it."""
    for _ in range(3):
        given = ask(f"{text}: ").strip()
        if not given or given.startswith(prefix):
            return given
        print(f"That does not begin with {prefix}.", file=sys.stderr)
    raise Refused(f"No token that begins with {prefix} was given; nothing was written.")


def from_pipe(prompt: str) -> str:
    print(prompt, file=sys.stderr)
    return sys.stdin.readline()


def print_manifest(url: str) -> int:
    from bot.platforms.slack.manifest import build_manifest  # noqa: PLC0415
    from handlers.registry import FEATURES  # noqa: PLC0415

    manifest = build_manifest(FEATURES, socket_mode=not url, url=url)
    print(json.dumps(manifest, ensure_ascii=False, indent=2))
    return 0
