"""Everything that shows say."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, datetime

from handlers.core.cards import (
    Actions,
    Block,
    Button,
    Card,
    ChoiceInput,
    DateInput,
    Fields,
    Form,
    Heading,
    Item,
    Items,
    Option,
    Paragraph,
    TextInput,
    TimeInput,
)
from handlers.core.context import Context, Scene, team_zone
from handlers.core.menus import and_more, choose_button, run_button
from handlers.core.text import Mention, Text, bold, text
from handlers.core.tonight import day_around, is_on_air
from handlers.core.voices import Voice
from handlers.shows.rules import LONGEST_THEME, PLATFORMS, USUAL_END, USUAL_START, platform_name, suggested_day
from storage.tables import Show

LISTED = 10


def span_of(voice: Voice, show: Show, now: datetime) -> str:
    """20:00–23:00 today, with the date on any other day of the reader."""
    return f"{voice.when(show.start_at, now)}–{voice.time(show.end_at)}"


def state_of(scene: Scene, voice: Voice, show: Show) -> str:
    """Where the show stands, in a word."""
    if is_on_air(show, scene.now):
        return voice.say("on air now")
    if show.state in ("ended", "closed") or show.end_at <= scene.now:
        return voice.say("over")
    return voice.say("tonight") if show.start_at < day_around(scene)[1] else voice.say("planned")


def show_row(scene: Scene, voice: Voice, show: Show) -> Item:
    detail = " · ".join(
        (span_of(voice, show, scene.now), platform_name(voice, show.platform), state_of(scene, voice, show))
    )
    opening = run_button(
        voice.say("Checklist"), f"checklist #{show.id}", spoken=voice.say("Checklist of {theme}", theme=show.theme)
    )
    return Item(text=bold(show.theme), detail=text(detail), control=opening)


def shows_card(context: Context, shows: list[Show], may_plan: bool) -> Card:
    voice = context.private
    blocks: list[Block] = []
    if shows:
        blocks.append(Items(tuple(show_row(context, voice, show) for show in shows[:LISTED])))
    else:
        blocks.append(Paragraph(text(voice.say("No show is planned yet."))))
    buttons = [plan_button(voice, primary=not shows)] if may_plan else []
    if len(shows) > LISTED:
        blocks.append(Paragraph(text(and_more(voice, len(shows) - LISTED)), small=True))
        buttons.append(choose_button(voice))
    if buttons:
        blocks.append(Actions(tuple(buttons)))
    return Card(voice.say("Shows"), tuple(blocks))


def plan_button(voice: Voice, *, primary: bool = False) -> Button:
    return Button(
        voice.say("Plan a show"), "form.open", {"form": "shows.new"}, style="primary" if primary else "default"
    )


def zone_hint(context: Context) -> str:
    """Which zone the times are of, for those who live in another one."""
    zone = team_zone(context.workspace)
    same = context.now.astimezone(zone).utcoffset() == context.private.local(context.now).utcoffset()
    return "" if same else context.private.say("Times are the team's: {zone}.", zone=zone.key)


def new_show_form(context: Context, theme: str, platform: str, taken: Collection[date] = ()) -> Form:
    voice = context.private
    zone = team_zone(context.workspace)
    options = tuple(Option(key, platform_name(voice, key)) for key in PLATFORMS)
    chosen = platform if platform in PLATFORMS else options[0].value
    return Form(
        name="shows.new",
        title=voice.say("Plan a show"),
        submit=voice.say("Plan it"),
        args={"theme": theme} if theme else {},
        body=(
            TextInput(
                "theme", voice.say("Theme"), theme, max_length=LONGEST_THEME, placeholder=voice.say("Winter coats")
            ),
            DateInput("date", voice.say("Date"), suggested_day(context.now.astimezone(zone), taken).isoformat()),
            TimeInput("start", voice.say("Start"), USUAL_START.strftime("%H:%M"), hint=zone_hint(context)),
            TimeInput(
                "end",
                voice.say("Planned end"),
                USUAL_END.strftime("%H:%M"),
                hint=voice.say("After midnight means the next day."),
            ),
            ChoiceInput("platform", voice.say("Platform"), options, (chosen,)),
        ),
    )


def planned_card(context: Context, voice: Voice, show: Show) -> Card:
    """What was planned, with the way to its checklist; for everybody in the place."""
    sentence = voice.rich(
        "{who} planned {theme}.", who=Mention(context.actor.id, context.actor.name), theme=bold(show.theme)
    )
    facts = Fields(
        (
            (
                voice.say("When"),
                text(f"{voice.date(show.start_at, context.now)} {voice.time(show.start_at)}–{voice.time(show.end_at)}"),
            ),
            (voice.say("Platform"), text(platform_name(voice, show.platform))),
        )
    )
    opening = run_button(voice.say("Open the checklist"), f"checklist #{show.id}")
    return Card("", (Paragraph(sentence), facts, Actions((opening,))), summary=sentence.plain)


def tonight_line(context: Context, shows: tuple[Show, ...]) -> Text:
    """What is on, or next, in one line."""
    voice = context.private
    if not shows:
        return text(voice.say("No show is planned yet."))
    show = shows[0]
    when = span_of(voice, show, context.now)
    if is_on_air(show, context.now):
        return voice.rich("On air: {theme}, {when}", theme=bold(show.theme), when=when)
    if show.start_at < day_around(context)[1]:
        return voice.rich("Tonight: {theme}, {when}", theme=bold(show.theme), when=when)
    return voice.rich("Next: {theme}, {when}", theme=bold(show.theme), when=when)


def home_blocks(context: Context, shows: list[Show]) -> tuple[Block, ...]:
    voice = context.private
    rows = tuple(show_row(context, voice, show) for show in shows)
    return (Heading(voice.say("Coming shows")), Items(rows)) if rows else ()
