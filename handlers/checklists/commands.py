"""What people say to a checklist, and what they press on it."""

from __future__ import annotations

from datetime import datetime, timedelta

from handlers.checklists.own_views import (
    Hands,
    choose_form,
    filter_of,
    home_blocks,
    invited,
    menu_text,
    no_show_card,
    not_found_card,
    view_form,
    which_show_card,
)
from handlers.checklists.service import Board, board_of, hang, owner_of, tick, untick
from handlers.checklists.views import (
    already_done,
    already_open,
    changed_meanwhile,
    checklist_card,
    title_of,
    view_button,
)
from handlers.core.cards import Block, Button, Card, Form, Value
from handlers.core.context import Context, Scene, incoming_of
from handlers.core.errors import FormErrors, Refusal
from handlers.core.menus import run_button
from handlers.core.messages import Press, Submission
from handlers.core.permissions import load_permissions, may_in, might_in
from handlers.core.replies import Answer, Effect, Live, OpenForm, Reply
from handlers.core.text import Text
from handlers.core.tonight import choosable, current_show, find_shows, nearby
from storage.repositories.checklists import ItemLine
from storage.tables import ChecklistEvent, ChecklistRun, Show

CARD = "checklist"
A_MOMENT = timedelta(milliseconds=1)
"""An item is late once its due time has passed."""
MOST_OFFERED = 100
"""Options of one choice."""
RULES = load_permissions().rules


def checklist(context: Context, words: str) -> Answer:
    """The living card of the show that is meant, where it was asked for."""
    shows = find_shows(context, words)
    if len(shows) == 1:
        return show_checklist(context, shows[0])
    if shows:
        return Reply(which_show_card(context.private, shows, context.now))
    if words.strip() and nearby(context):
        return Reply(not_found_card(context.private, words.strip()))
    return Reply(no_show_card(context.private, might_in(context, RULES["show.new"])))


def show_checklist(context: Context, show: Show) -> Answer:
    run = hang(context.store, show, context.now)
    place = context.incoming.place
    if place.kind not in ("channel", "dm"):
        return OpenForm("checklists.view", {"run": run.id, "filter": "all"})
    if place.kind == "channel" and (context.channel is None or not context.channel.is_member):
        board = board_of(context, run.id, show)
        voice = context.private
        card = checklist_card(voice, board, context.now, may_tick=may_in(context, RULES["checklists.tick"]))
        return Reply(invited(card, voice))
    return Live(CARD, str(run.id), place.channel_id, place.thread, asked=True)


def draw_card(scene: Scene, entity_id: str) -> Card | None:
    board = load_board(scene, int(entity_id))
    may_tick = scene.reader is None or not scene.reader.is_guest
    return checklist_card(scene.public, board, scene.now, may_tick=may_tick) if board else None


def card_changes_at(scene: Scene, entity_id: str) -> datetime | None:
    """The next instant at which an open item falls due: from then on it is late."""
    due_at = scene.store.checklists.next_due_at(int(entity_id), scene.now)
    return due_at + A_MOMENT if due_at else None


def load_board(scene: Scene, run_id: int) -> Board | None:
    show = scene.store.shows.of_run(run_id)
    return board_of(scene, run_id, show) if show else None


def hang_on_show(scene: Scene, show_id: str) -> Answer:
    """A planned show gets its checklist."""
    hang(scene.store, scene.store.shows.get(int(show_id)), scene.now)
    return None


def press_tick(context: Context) -> Answer:
    item = fresh_item(context, "done")
    tick(context.store, item, context.actor.id, context.now, owner_id=owner_of(context, item))
    return redrawn(context, item.run_id)


def press_untick(context: Context) -> Answer:
    item = fresh_item(context, "open")
    untick(context.store, item, context.actor.id, context.now)
    return redrawn(context, item.run_id)


def redrawn(context: Context, run_id: int) -> tuple[Effect, ...]:
    """Every place of the card, and the form in which the button stood."""
    card = Live(CARD, str(run_id))
    form = incoming_of(context, Press).form
    return (card, OpenForm(form.name, dict(form.args))) if form else (card,)


def pressed_item(context: Context) -> ItemLine:
    wanted = incoming_of(context, Press).value.get("item")
    item = context.store.checklists.find_line(wanted) if isinstance(wanted, int) else None
    if item is None:
        raise Refusal(context.private.say("That item is no longer on the checklist."))
    return item


def fresh_item(context: Context, wanted: str) -> ItemLine:
    """The pressed item, if the wanted state is news and the button was not older than the item; else Refusal."""
    item = pressed_item(context)
    voice, now, title = context.private, context.now, title_of(context.private, item)
    redraw = ((CARD, str(item.run_id)),)
    if item.state == wanted == "done":
        raise Refusal(
            already_done(voice, title, name_of(context, item.done_by), item.done_at or now, now), redraw=redraw
        )
    if item.state == wanted or item.version != incoming_of(context, Press).value.get("version"):
        event = context.store.checklists.last_event(item.id)
        says = already_open if item.state == wanted else changed_meanwhile
        name = name_of(context, event.by_id if event else None)
        raise Refusal(says(voice, title, event, name, now), redraw=redraw)
    return item


def name_of(context: Context, person_id: str | None) -> str:
    person = context.store.people.find(person_id) if person_id else None
    return person.name if person else person_id or ""


def untick_relations(context: Context) -> frozenset[str]:
    """`self`: whoever ticked it; `owner`: whose work it is.

    A button drawn before the item changed asks about the tick that it was drawn for. It changes nothing any more, but
    whoever might have pressed it is told who came first.
    """
    item = pressed_item(context)
    held = relations_to(context, item, owner_of(context, item))
    ticked = tick_meant(context, item)
    if ticked is None:
        return held
    by, owner = ticked.by_id == context.actor.id, ticked.for_id == context.actor.id
    return held | ({"self"} if by else set()) | ({"owner"} if owner else set())


def tick_meant(context: Context, item: ItemLine) -> ChecklistEvent | None:
    """The tick that a button, older than the item, would have taken back: that of its version, else the last one."""
    version = incoming_of(context, Press).value.get("version")
    if item.state == "done" and item.version == version:
        return None
    ticks = [event for event in context.store.checklists.events_of(item.id) if event.verb == "tick"]
    return next((event for event in ticks if event.item_version == version), ticks[-1] if ticks else None)


def relations_to(context: Context, item: ItemLine, owner: str | None) -> frozenset[str]:
    held = set()
    if item.done_by == context.actor.id:
        held.add("self")
    if context.actor.id in (owner, item.done_for):
        held.add("owner")
    return frozenset(held)


def draw_view(context: Context, args: Value) -> Form:
    run_id, page = args.get("run"), args.get("page", 0)
    board = load_board(context, run_id) if isinstance(run_id, int) else None
    if board is None:
        raise Refusal(context.private.say("That checklist is no longer there."))
    return view_form(context, board, filter_of(args), page if isinstance(page, int) else 0, hands_of(context, board))


def hands_of(context: Context, board: Board) -> Hands:
    untick_rule = RULES["checklists.untick"]

    def may_untick(item: ItemLine) -> bool:
        return may_in(context, untick_rule, relations_to(context, item, board.owner_of(item)))

    return Hands(may_in(context, RULES["checklists.tick"]), may_untick)


def draw_choose(context: Context, args: Value) -> Form:
    shows = [show for show in nearby(context) if show.state != "draft"]
    offered = choosable(shows, context.now, MOST_OFFERED)
    return choose_form(context.private, offered, context.now, len(shows) - len(offered))


def submit_choose(context: Context) -> Answer:
    chosen = incoming_of(context, Submission).values.get("show", "")
    show = context.store.shows.find(int(chosen)) if isinstance(chosen, str) and chosen.isdecimal() else None
    if show is None:
        raise FormErrors({"show": context.private.say("Choose a show from the list.")})
    return show_checklist(context, show)


def current_board(context: Context) -> Board | None:
    """The board of the one show that is meant now; None when there is none or a choice."""
    shows = current_show(context)
    run: ChecklistRun | None = context.store.checklists.run_of(shows[0].id) if shows else None
    return board_of(context, run.id, shows[0]) if run else None


def menu_line(context: Context) -> Text:
    board = current_board(context)
    return menu_text(context.private, board, context.now) if board else Text()


def menu_buttons(context: Context) -> tuple[Button, ...]:
    """Whoever has open items sees them first."""
    voice, board = context.private, current_board(context)
    opening = run_button(voice.say("Checklist"), "checklist")
    mine = board.open_of(context.actor.id) if board else []
    if board is None or not mine:
        return (opening,)
    return (view_button(voice.say("Mine ({n})", n=len(mine)), board, "mine", primary=True), opening)


def my_items(context: Context) -> tuple[Block, ...]:
    board = current_board(context)
    return home_blocks(context, board, board.open_of(context.actor.id)) if board else ()
