"""`callsheet run` and `callsheet workspace`: the life of the process, from its options to its end."""

from __future__ import annotations

import argparse
import asyncio
import logging
import secrets
import signal
from collections.abc import Coroutine
from dataclasses import replace
from typing import Any, TypeVar

from aiohttp import web
from pydantic import SecretStr

from bot.advice import advice_for
from bot.app import App, Foundation, ensure_workspace, lay_foundation
from bot.logs import set_up_logs
from bot.metrics import LINT
from bot.places import DataDir, InUse, take_lock, write_private
from bot.platforms.base import SendError
from bot.platforms.slack.adapter import SlackPlatform
from bot.platforms.slack.installations import Team
from bot.settings import Refused, Settings, load_settings
from bot.trial import RESET_JOB, Sower, Trial, TrialOptions
from handlers.core.clock import Clock
from storage.errors import StorageError
from storage.migrate import migrate

log = logging.getLogger("callsheet.run")
TRIAL_ONLY = ("seed", "now", "key")
T = TypeVar("T")


def run(options: argparse.Namespace) -> int:
    """The bot in the Slack whose tokens are set, else bot and local workspace in one process."""
    settings = settings_of(options)
    if settings.has_slack:
        named = [f"--{name}" for name in TRIAL_ONLY if getattr(options, name) is not None]
        if named:
            raise Refused(
                f"{', '.join(named)} belongs to the local workspace, but Slack tokens are set: drop one of both."
            )
        return live(run_bot(settings, options.port))
    return live(run_trial(settings, trial_options(settings, options)))


def workspace(options: argparse.Namespace) -> int:
    """The local workspace without a bot."""
    settings = settings_of(options)
    if settings.has_slack and not settings.slack_is_local:
        raise Refused("Slack tokens are set: the local workspace does not start beside a real Slack. Unset them first.")
    return live(run_workspace(settings, trial_options(settings, options)))


def settings_of(options: argparse.Namespace) -> Settings:
    settings = load_settings(data_dir=options.data, port=options.port)
    set_up_logs(settings.log_format, settings.log_level)
    return settings


def trial_options(settings: Settings, options: argparse.Namespace) -> TrialOptions:
    return TrialOptions(settings.port, options.key or secrets.token_urlsafe(16), options.seed, options.now)


def live(process: Coroutine[Any, Any, int]) -> int:
    """Runs to the end; what an operator can mend is one sentence, not a traceback."""
    try:
        return asyncio.run(process)
    except (InUse, StorageError, PermissionError) as error:
        raise Refused(str(error)) from error
    except SendError as error:
        raise Refused(
            f"Slack said {error.why}. {advice_for(error.why)} `callsheet doctor` checks each step."
        ) from error
    except OSError as error:
        raise Refused(f"Cannot listen: {error.strerror or error}. Choose another --port.") from error


def stop_signal() -> asyncio.Event:
    """Set by SIGTERM and SIGINT."""
    event, loop = asyncio.Event(), asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, event.set)
    return event


def open_data(settings: Settings, *, alone: bool) -> tuple[Foundation, DataDir]:
    """The data directory locked (by the bot), the schema up to date, the database open."""
    folder = DataDir(settings.data_dir)
    if alone:
        take_lock(folder.lock_for(settings))
    migrate(settings.database, backup_to=folder.backups)
    return lay_foundation(settings, folder.secret_box(settings)), folder


# -- the trial ---------------------------------------------------------------------------------------------------


async def run_trial(settings: Settings, options: TrialOptions) -> int:
    """Bot and workspace in one process: what a newcomer sees first, and what most tests drive."""
    base, folder = await asyncio.to_thread(open_data, settings, alone=True)
    take_lock(folder.workspace_lock)
    trial = await asyncio.to_thread(Trial, base, folder, options)
    stop, server = stop_signal(), trial.server
    await server.start()
    local = replace(base, settings=local_settings(settings, server.api_url, server.bot_token, server.app_token))
    app = App(
        local, slack(local.settings, trial.sower.workspace_id, base.clock), own_jobs={RESET_JOB: trial.sower.reset}
    )
    trial.sower.app = app
    trial.backstage.wake = app.clockwork.wake
    app.show_health(trial.health)
    await app.start()
    print(f"workspace ready {server.page_url}", flush=True)
    await stop.wait()
    await app.close()
    await server.close()
    return 0


async def run_workspace(settings: Settings, options: TrialOptions) -> int:
    base, folder = await asyncio.to_thread(open_data, settings, alone=False)
    take_lock(folder.workspace_lock)
    trial = await asyncio.to_thread(Trial, base, folder, options)
    stop = stop_signal()
    server = trial.server
    await server.start()
    lines = [f"SLACK_BASE_URL={server.api_url}", f"SLACK_BOT_TOKEN={server.bot_token}"]
    lines += [f"SLACK_APP_TOKEN={server.app_token}", f"DATABASE_URL={settings.database}", ""]
    write_private(folder.environment, "\n".join(lines))
    print(f"workspace ready {server.page_url}", flush=True)
    await stop.wait()
    await server.close()
    base.database.close()
    return 0


def local_settings(settings: Settings, api_url: str, bot_token: str, app_token: str) -> Settings:
    """The bot's settings against the local workspace: pacing off unless asked for."""
    pacing = settings.pacing if "pacing" in settings.model_fields_set else "off"
    changes = {"slack_base_url": api_url, "slack_bot_token": SecretStr(bot_token), "pacing": pacing}
    return settings.model_copy(update={**changes, "slack_app_token": SecretStr(app_token)})


# -- the bot alone -----------------------------------------------------------------------------------------------


async def run_bot(settings: Settings, port: int | None) -> int:
    base, _ = await asyncio.to_thread(open_data, settings, alone=not settings.on_postgres)
    stop = stop_signal()
    if settings.slack_is_local and "pacing" not in settings.model_fields_set:
        base = replace(base, settings=settings.model_copy(update={"pacing": "off"}))
    platform = slack(base.settings, "", base.clock)
    try:
        team = await unless_stopped(stop, who_we_are(base, platform))
    except SendError:
        await platform.close()
        raise
    if team is None:
        return 0
    await asyncio.to_thread(ensure_workspace, base.database, team.id, platform.name, team.name, team.bot_user_id)
    sower = Sower(base)
    app = App(base, platform, own_jobs={RESET_JOB: sower.reset} if settings.slack_is_local else {})
    sower.app = app
    site = Site(app, platform)
    if await unless_stopped(stop, started(app)) is None:
        await app.close()
        return 0
    address = await site.start(settings.host, free_port(settings, port))
    print(f"bot ready {address}", flush=True)
    await stop.wait()
    await site.close()
    await app.close()
    return 0


async def who_we_are(base: Foundation, platform: SlackPlatform) -> Team:
    """Whose tokens these are; a trial's data is never shown to a real team."""
    settings = base.settings
    team = await platform.identify()
    if settings.socket_mode:
        await platform.open_socket_url()
    seeded = [row for row in await asyncio.to_thread(base.database.workspaces.list_all) if row.seed is not None]
    if seeded and not settings.slack_is_local:
        raise Refused("This data belongs to a local trial: give your Slack its own, with --data or DATA_DIR in .env.")
    return team


async def started(app: App) -> bool:
    await app.start()
    return True


async def unless_stopped(stop: asyncio.Event, work: Coroutine[Any, Any, T]) -> T | None:
    """What `work` gives, or None when the process is told to stop meanwhile."""
    task, stopped = asyncio.create_task(work), asyncio.create_task(stop.wait())
    await asyncio.wait({task, stopped}, return_when=asyncio.FIRST_COMPLETED)
    stopped.cancel()
    if task.done():
        return task.result()
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    return None


def free_port(settings: Settings, port: int | None) -> int:
    """Connected to a local workspace the bot leaves the workspace's port alone."""
    if port is not None or "port" in settings.model_fields_set:
        return settings.port
    return 0 if settings.slack_is_local else settings.port


class Site:
    """The bot's own HTTP: health, metrics, and Slack's signed requests where Socket Mode is not used."""

    def __init__(self, app: App, platform: SlackPlatform) -> None:
        self._web = web.Application(client_max_size=1024**2)
        app.health.add_routes(self._web)
        platform.add_routes(self._web)
        self._runner = web.AppRunner(self._web, access_log=None, shutdown_timeout=2)

    async def start(self, host: str, port: int) -> str:
        await self._runner.setup()
        await web.TCPSite(self._runner, host, port).start()
        return f"http://{host}:{self._runner.addresses[0][1]}"

    async def close(self) -> None:
        await self._runner.cleanup()


def slack(settings: Settings, workspace_id: str, clock: Clock | None = None) -> SlackPlatform:
    return SlackPlatform.from_settings(
        base_url=settings.slack_base_url,
        bot_token=settings.slack_bot_token.get_secret_value(),
        app_token=settings.slack_app_token.get_secret_value(),
        signing_secret=settings.slack_signing_secret.get_secret_value(),
        workspace_id=workspace_id,
        clock=clock,
        hook=lambda code: LINT.labels(code=code).inc(),
    )
