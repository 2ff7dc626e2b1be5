"""`callsheet doctor`: one line a check, OK or what to do."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from bot.advice import advice_for
from bot.places import DataDir
from bot.platforms.base import SendError
from bot.platforms.slack.adapter import SlackPlatform
from bot.platforms.slack.manifest import build_manifest
from bot.running import slack
from bot.settings import Settings, SettingsError, load_settings
from handlers.registry import FEATURES
from storage.databases import Database
from storage.errors import StorageError
from storage.schemas import schema_state

SKEW = timedelta(seconds=60)


@dataclass(frozen=True, slots=True)
class Finding:
    """`advice` is empty when all is well; `fact` says what was seen."""

    name: str
    fact: str
    advice: str = ""

    def line(self) -> str:
        mark = "OK  " if not self.advice else "FIX "
        return f"{mark}{self.name:<12}{self.fact}" + (f"\n      → {self.advice}" if self.advice else "")


def doctor(data: Path | None) -> int:
    """Prints every finding; exit status 1 when something needs doing."""
    try:
        settings = load_settings(data_dir=data)
    except SettingsError as error:
        print(
            Finding("settings", str(error), "Mend .env or the environment; `callsheet init` writes a new .env.").line()
        )
        return 1
    findings = [Finding("settings", "read"), *asyncio.run(examine(settings))]
    for finding in findings:
        print(finding.line())
    return 1 if any(finding.advice for finding in findings) else 0


async def examine(settings: Settings) -> list[Finding]:
    findings = [*data_findings(settings), *database_findings(settings), clock_finding(), port_finding(settings)]
    findings += await slack_findings(settings) if settings.has_slack else [no_slack()]
    findings.append(model_finding(settings))
    return findings


def data_findings(settings: Settings) -> Iterator[Finding]:
    try:
        folder = DataDir(settings.data_dir)
        folder.secret_box(settings)
    except (OSError, StorageError) as error:
        yield Finding(
            "data", str(settings.data_dir), f"{error} Choose a writable --data directory and the right SECRET_KEY."
        )
        return
    running = " (a bot is running on it)" if folder.is_locked(settings) else ""
    yield Finding("data", f"{folder.path}{running}")


def database_findings(settings: Settings) -> Iterator[Finding]:
    kind = "PostgreSQL" if settings.on_postgres else "SQLite"
    if not settings.on_postgres and not (settings.data_dir / "callsheet.db").exists() and not has_own_url(settings):
        yield Finding("database", f"{kind}, not made yet; the first `callsheet run` makes it")
        return
    try:
        state = schema_state(settings.database)
    except StorageError as error:
        yield Finding("database", f"{kind}: {cause_of(error)}", "Check DATABASE_URL and that the server runs.")
        return
    yield Finding("database", f"{kind}, reachable")
    if state.is_newer:
        yield Finding("migrations", str(state.current), "A newer Callsheet wrote this database: install that version.")
    elif not state.is_current:
        yield Finding(
            "migrations", f"{state.current} → {state.head}", "Run `callsheet migrate` (a backup is made first)."
        )
    else:
        yield Finding("migrations", f"at {state.head}")
        yield from work_findings(settings)


def cause_of(error: Exception) -> str:
    """The first line of what the driver said, without what it advises."""
    first = str(error.__cause__ or error).strip().split("\n")[0]
    return first.removeprefix("(psycopg.OperationalError) ").rstrip(" .?")


def has_own_url(settings: Settings) -> bool:
    return bool(settings.database_url.get_secret_value())


def work_findings(settings: Settings) -> Iterator[Finding]:
    """Deliveries that finally failed are named, never silent."""
    database = Database(settings.database)
    try:
        dead = 0
        for workspace in database.workspaces.list_all():
            with database.read(workspace.workspace_id) as store:
                for row in store.work.list_dead(5):
                    dead += 1
                    yield Finding("delivery", f"#{row.id} failed: {row.error}", advice_for(row.error or ""))
        if not dead:
            yield Finding("deliveries", "none failed")
    finally:
        database.close()


def clock_finding() -> Finding:
    try:
        ZoneInfo("Asia/Shanghai")
    except ZoneInfoNotFoundError:
        return Finding("zones", "no time zone data", "Install the package tzdata: remove .venv and start ./run again.")
    now = datetime.now(UTC)
    return Finding("zones", f"IANA data found; this machine's clock says {now:%Y-%m-%d %H:%M:%S} UTC")


def port_finding(settings: Settings) -> Finding:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((settings.host, settings.port))
        except OSError as error:
            return Finding(
                "port", f"{settings.host}:{settings.port} {error.strerror}", "Stop what uses it, or set PORT."
            )
    return Finding("port", f"{settings.host}:{settings.port} is free")


def no_slack() -> Finding:
    return Finding("slack", "no tokens: `callsheet run` starts the local workspace (docs/slack.md connects a real one)")


async def slack_findings(settings: Settings) -> list[Finding]:
    platform = slack(settings, "")
    try:
        return [await check() for check in slack_checks(platform, settings)]
    except SendError as error:
        return [Finding("slack", error.why, advice_for(error.why))]
    finally:
        await platform.close()


def slack_checks(platform: SlackPlatform, settings: Settings) -> list[Callable[[], Awaitable[Finding]]]:
    async def token() -> Finding:
        team = await platform.identify()
        skew = abs(datetime.now(UTC) - team.at) if team.at else timedelta()
        late = f" Your clock is {skew.total_seconds():.0f} s off Slack's: set it by NTP." if skew > SKEW else ""
        return Finding("token", f"bot of {team.name}", late.strip())

    async def scopes() -> Finding:
        has = (await platform.identify()).scopes
        wanted = set(build_manifest(FEATURES)["oauth_config"]["scopes"]["bot"])
        missing = sorted(wanted - set(has)) if has else []
        advice = "Paste the manifest of `callsheet manifest` into the app and install it again." if missing else ""
        return Finding("scopes", f"{len(wanted)} wanted, missing: {', '.join(missing) or 'none'}", advice)

    async def connection() -> Finding:
        if not settings.socket_mode:
            return Finding("transport", "signed HTTP at /slack/events; Slack must reach it from outside")
        try:
            await platform.open_socket_url()
        except SendError as error:
            return Finding(
                "socket", error.why, "Make an app-level token with connections:write and turn Socket Mode on."
            )
        return Finding("socket", "Socket Mode opens")

    return [token, scopes, connection]


def model_finding(settings: Settings) -> Finding:
    has_key = bool(settings.model_api_key.get_secret_value())
    return Finding("model key", "set; kept for the drafts" if has_key else "none, and none is needed")
