"""What people say about shows."""

from __future__ import annotations

from handlers.core.cards import Block, Button, Form, Value
from handlers.core.context import Context, incoming_of, team_zone
from handlers.core.errors import FormErrors
from handlers.core.messages import Submission
from handlers.core.permissions import load_permissions, might_in
from handlers.core.replies import Answer, Happened, OpenForm, Reply
from handlers.core.text import Text, text
from handlers.core.tonight import current_show, is_on_air
from handlers.shows.rules import LONGEST_THEME, Asked, faults, settled, tidy_theme
from handlers.shows.service import days_taken, plan_show, shows_ahead, usual_platform
from handlers.shows.views import home_blocks, new_show_form, plan_button, planned_card, shows_card, tonight_line


def may_plan(context: Context) -> bool:
    return might_in(context, PLANNING)


PLANNING = load_permissions().rules["show.new"]


def list_shows(context: Context, words: str) -> Answer:
    return Reply(shows_card(context, shows_ahead(context), may_plan(context)))


def plan(context: Context, words: str) -> Answer:
    theme = tidy_theme(words[: 10 * LONGEST_THEME])[:LONGEST_THEME]
    missing = context.private.say("Date, times and platform are missing for the new show.")
    return OpenForm("shows.new", {"theme": theme} if theme else {}, missing=text(missing))


def draw_new(context: Context, args: Value) -> Form:
    return new_show_form(context, str(args.get("theme", "")), usual_platform(context), days_taken(context))


def submit_new(context: Context) -> Answer:
    asked = asked_for(incoming_of(context, Submission))
    zone = team_zone(context.workspace)
    wrong = faults(asked, context.now, zone)
    if wrong:
        raise FormErrors({key: context.private.say(sentence) for key, sentence in wrong.items()})
    place = context.incoming.place
    in_channel = place.kind == "channel" and context.channel is not None and context.channel.is_member
    show = plan_show(
        context.store,
        settled(asked, zone),
        tz=zone.key,
        by=context.actor.id,
        at=context.now,
        channel_id=place.channel_id if in_channel else context.workspace.team_channel_id,
    )
    card = planned_card(context, context.public if in_channel else context.private, show)
    return (Happened("show.planned", str(show.id)), Reply(card, public=in_channel))


def asked_for(submission: Submission) -> Asked:
    def value(key: str) -> str:
        given = submission.values.get(key, "")
        return given if isinstance(given, str) else ""

    return Asked(value("theme"), value("date"), value("start"), value("end"), value("platform"))


def menu_line(context: Context) -> Text:
    return tonight_line(context, current_show(context))


def menu_buttons(context: Context) -> tuple[Button, ...]:
    """Planning comes first where there is nothing to prepare."""
    return (plan_button(context.private, primary=not current_show(context)),) if may_plan(context) else ()


def next_shows(context: Context) -> tuple[Block, ...]:
    ahead = [show for show in shows_ahead(context) if show.end_at > context.now or is_on_air(show, context.now)]
    return home_blocks(context, ahead[:3])
