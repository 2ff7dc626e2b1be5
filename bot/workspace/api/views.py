"""views.open, push, update, publish."""

from __future__ import annotations

from bot.workspace.api.arguments import ApiError, Arguments, invalid_arguments
from bot.workspace.api.lookups import person_of
from bot.workspace.linting import Refused, check_view
from bot.workspace.records import Json, View
from bot.workspace.sending import view_body
from bot.workspace.stages import Stage
from bot.workspace.triggers import ExchangedTrigger, ExpiredTrigger
from bot.workspace.views import StackFull


def _checked(args: Arguments, kind: str) -> Json:
    view = args.get("view")
    if not isinstance(view, dict):
        raise invalid_arguments("missing required field: view")
    if view.get("type") != kind:
        raise ApiError("invalid_arguments", response_metadata={"messages": [f"[ERROR] view must be a {kind}"]})
    try:
        check_view(view)
    except Refused as refused:
        raise ApiError("invalid_blocks", response_metadata={"messages": refused.lines}) from refused
    return view_body(view)


def _spent(stage: Stage, args: Arguments) -> str:
    trigger_id = args.text("trigger_id") or args.required("interactivity_pointer")
    try:
        return stage.triggers.spend(trigger_id)
    except ExchangedTrigger as problem:
        raise ApiError("exchanged_trigger_id") from problem
    except ExpiredTrigger as problem:
        raise ApiError("expired_trigger_id") from problem


def _unique(stage: Stage, body: Json, standing: View | None = None) -> None:
    external_id = body.get("external_id")
    found = stage.world.views.find_external(external_id) if external_id else None
    if found and (standing is None or found.id != standing.id):
        raise ApiError("duplicate_external_id")


def open_view(stage: Stage, args: Arguments) -> Json:
    body = _checked(args, "modal")
    _unique(stage, body)
    person_id = _spent(stage, args)
    return {"view": stage.shapes.view(stage.world.views.open(person_id, body))}


def push(stage: Stage, args: Arguments) -> Json:
    body = _checked(args, "modal")
    _unique(stage, body)
    person_id = _spent(stage, args)
    try:
        return {"view": stage.shapes.view(stage.world.views.push(person_id, body))}
    except StackFull as problem:
        raise ApiError("push_limit_reached") from problem


def update(stage: Stage, args: Arguments) -> Json:
    views = stage.world.views
    view = views.find(args.text("view_id")) if "view_id" in args else None
    if view is None and "view_id" not in args:
        view = views.find_external(args.required("external_id"))
    if view is None:
        raise ApiError("not_found" if "external_id" in args else "view_not_found")
    if "hash" in args and args.text("hash") != view.hash:
        raise ApiError("hash_conflict")
    body = _checked(args, view.kind)
    _unique(stage, body, view)
    return {"view": stage.shapes.view(views.update(view, body))}


def publish(stage: Stage, args: Arguments) -> Json:
    person = person_of(stage, args, "user_id")
    body = _checked(args, "home")
    standing = stage.world.views.home(person.id)
    if "hash" in args and standing and args.text("hash") != standing.hash:
        raise ApiError("hash_conflict")
    return {"view": stage.shapes.view(stage.world.views.publish_home(person.id, body))}
