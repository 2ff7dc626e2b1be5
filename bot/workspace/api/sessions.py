"""api.test, auth.test, apps.connections.open, team.info, bots.info."""

from __future__ import annotations

from bot.workspace.api.arguments import ApiError, Arguments
from bot.workspace.records import Json
from bot.workspace.stages import Stage


def api_test(stage: Stage, args: Arguments) -> Json:
    if "error" in args:
        raise ApiError(args.text("error"), args=args.shown())
    return {"args": args.shown()}


def auth_test(stage: Stage, args: Arguments) -> Json:
    world = stage.world
    return {
        "url": f"{stage.base_url}/",
        "team": world.team.name,
        "user": world.bot.name.lower(),
        "team_id": world.team.id,
        "user_id": world.bot.user_id,
        "bot_id": world.bot.bot_id,
        "is_enterprise_install": False,
    }


def connections_open(stage: Stage, args: Arguments) -> Json:
    socket = stage.base_url.replace("http://", "ws://", 1)
    return {"url": f"{socket}/socket?ticket={stage.sockets.ticket()}"}


def team_info(stage: Stage, args: Arguments) -> Json:
    team = stage.world.team
    return {"team": {"id": team.id, "name": team.name, "domain": team.domain, "email_domain": "", "icon": {}}}


def bots_info(stage: Stage, args: Arguments) -> Json:
    bot = stage.world.bot
    if args.text("bot", bot.bot_id) != bot.bot_id:
        raise ApiError("bot_not_found")
    identity = {"id": bot.bot_id, "app_id": bot.app_id, "user_id": bot.user_id, "name": bot.name}
    return {"bot": {**identity, "deleted": False, "updated": 0, "icons": {}}}
