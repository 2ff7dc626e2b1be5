"""The `callsheet` command: argument parsing only; each subcommand lives in its own module, imported when used."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path

from bot.settings import Refused

Run = Callable[[argparse.Namespace], int]


def main(arguments: Sequence[str] | None = None) -> int:
    """Exit status: 0 done, 1 it could not be done (one sentence says why), 2 the words were wrong."""
    parser = build_parser()
    options = parser.parse_args(arguments)
    if not hasattr(options, "run"):
        parser.print_help()
        return 2
    run: Run = options.run
    try:
        return run(options)
    except Refused as error:
        print(f"callsheet: {error}", file=sys.stderr)
        return 1


def moment(text: str) -> datetime:
    """An ISO 8601 time with its offset, as the --now option takes it."""
    try:
        at = datetime.fromisoformat(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"{text!r} is not an ISO time like 2026-11-22T18:00:00+08:00") from error
    if at.tzinfo is None:
        raise argparse.ArgumentTypeError(f"{text!r} has no offset; write it like 2026-11-22T18:00:00+08:00")
    return at


def build_parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="callsheet",
        description="Callsheet, the chat assistant of live-selling teams. Without Slack tokens `run` starts a local "
        "workspace in the browser, with a seeded team and a clock that can be moved.",
        epilog="Settings come from the environment and from .env; `callsheet init` writes one.",
    )
    parser.add_argument("--version", action="version", version=f"callsheet {version()}")
    commands = parser.add_subparsers(title="commands", metavar="COMMAND")
    add_run(commands)
    add_workspace(commands)
    add_upkeep(commands)
    return parser


def version() -> str:
    from bot import VERSION  # noqa: PLC0415

    return VERSION


def add_run(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    parser = commands.add_parser(
        "run",
        help="start the bot: in your Slack when tokens are set, else in a local workspace",
        description="Start the bot. With SLACK_BOT_TOKEN and SLACK_APP_TOKEN it works in that Slack workspace; "
        "without, a local workspace opens and one line is printed on stdout: its address.",
    )
    add_trial_options(parser)
    parser.set_defaults(run=run_command)


def add_workspace(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    parser = commands.add_parser(
        "workspace",
        help="the local workspace alone, without a bot",
        description="Serve the local workspace (page, Slack API, driver API) without a bot and write what a bot "
        "needs to connect to DATA/workspace.env.",
    )
    add_trial_options(parser)
    parser.set_defaults(run=workspace_command)


def add_trial_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--port", type=int, help="port on 127.0.0.1 (default 8765; 0 takes a free one)")
    parser.add_argument("--data", type=Path, help="directory of everything that persists (default ./data)")
    parser.add_argument("--key", help="key of the local workspace's address (default: random)")
    parser.add_argument("--seed", choices=("team", "none"), help="fill an empty data directory with a team and its "
                        "shows, or with people only (default team)")  # fmt: skip
    parser.add_argument("--now", type=moment, metavar="ISO", help="set the workspace's clock, which then goes on")


def add_upkeep(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    doctor = commands.add_parser("doctor", help="check tokens, scopes, socket, database, clock, port: OK or what to do")
    init = commands.add_parser("init", help="ask for the tokens and write .env (readable by you alone)")
    init.add_argument("--file", type=Path, default=Path(".env"), help="where to write (default .env)")
    init.add_argument("--force", action="store_true", help="replace an existing file")
    manifest = commands.add_parser("manifest", help="print the Slack app manifest that fits this version")
    manifest.add_argument("--http", metavar="URL", default="", help="for signed HTTP at this public URL instead of "
                          "Socket Mode")  # fmt: skip
    migrate = commands.add_parser(
        "migrate", help="bring the database to this version's schema (a backup is made first)"
    )
    backup = commands.add_parser("backup", help="copy the database while it is in use, and check the copy")
    backup.add_argument("file", type=Path, nargs="?", help="target (default DATA/backups/callsheet-TIME.db)")
    restore = commands.add_parser("restore", help="replace the database by a backup; stop the bot first")
    restore.add_argument("file", type=Path)
    export = commands.add_parser("export", help="all rows as JSON lines in a zip; secrets stay out")
    export.add_argument("file", type=Path)
    for parser, run in (
        (doctor, doctor_command), (init, init_command), (manifest, manifest_command), (migrate, migrate_command),
        (backup, backup_command), (restore, restore_command), (export, export_command),
    ):  # fmt: skip
        if parser not in {init, manifest}:
            parser.add_argument("--data", type=Path, help="data directory (default ./data)")
        parser.set_defaults(run=run)


def run_command(options: argparse.Namespace) -> int:
    from bot.running import run  # noqa: PLC0415

    return run(options)


def workspace_command(options: argparse.Namespace) -> int:
    from bot.running import workspace  # noqa: PLC0415

    return workspace(options)


def doctor_command(options: argparse.Namespace) -> int:
    from bot.doctor import doctor  # noqa: PLC0415

    return doctor(options.data)


def init_command(options: argparse.Namespace) -> int:
    from bot.setup import write_env  # noqa: PLC0415

    return write_env(options.file, force=options.force)


def manifest_command(options: argparse.Namespace) -> int:
    from bot.setup import print_manifest  # noqa: PLC0415

    return print_manifest(options.http)


def migrate_command(options: argparse.Namespace) -> int:
    from bot.upkeep import migrate_database  # noqa: PLC0415

    return migrate_database(options.data)


def backup_command(options: argparse.Namespace) -> int:
    from bot.upkeep import backup_database  # noqa: PLC0415

    return backup_database(options.data, options.file)


def restore_command(options: argparse.Namespace) -> int:
    from bot.upkeep import restore_database  # noqa: PLC0415

    return restore_database(options.data, options.file)


def export_command(options: argparse.Namespace) -> int:
    from bot.upkeep import export_database  # noqa: PLC0415

    return export_database(options.data, options.file)
