"""What one reader sees for themselves: their own view of a checklist, Home, and the ways to a show."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from handlers.checklists.rules import Filter, is_late, is_open
from handlers.checklists.service import Board
from handlers.checklists.templates import PHASES
from handlers.checklists.views import (
    PHASE_NAMES,
    done_count,
    go_line,
    progress,
    row,
    rows_of,
    times_line,
    view_button,
)
from handlers.core.cards import (
    Actions,
    Block,
    Button,
    Card,
    ChoiceInput,
    Form,
    Heading,
    Input,
    Items,
    Option,
    Paragraph,
    Value,
)
from handlers.core.context import Context
from handlers.core.menus import and_more, choose_button, run_button, shortened
from handlers.core.text import Text, join, text
from handlers.core.vocabulary import visible
from handlers.core.voices import Voice
from storage.repositories.checklists import ItemLine
from storage.tables import Show

PAGE = 80
"""Items on one page: a dialog holds 100 blocks, and every item has to be two presses away."""
HOME_ITEMS = 10
BUTTONS = 20
FILTERS: tuple[Filter, ...] = ("all", "mine", "critical", "late")


@dataclass(frozen=True, slots=True)
class Hands:
    """What the reader may do here."""

    may_tick: bool
    may_untick: Callable[[ItemLine], bool]


def filter_of(args: Value) -> Filter:
    wanted = args.get("filter", "all")
    return next((known for known in FILTERS if known == wanted), "all")


def chosen_items(board: Board, chosen: Filter, person_id: str, now: datetime) -> list[ItemLine]:
    tests: dict[Filter, Callable[[ItemLine], bool]] = {
        "all": lambda item: True,
        "mine": lambda item: board.owner_of(item) == person_id,
        "critical": lambda item: item.critical,
        "late": lambda item: is_late(item, now),
    }
    return [item for item in board.items if tests[chosen](item)]


def view_form(context: Context, board: Board, chosen: Filter, page: int, hands: Hands) -> Form:
    """The reader's own view: every item of their choice, with the buttons that they may press."""
    voice, now = context.private, context.now
    items = chosen_items(board, chosen, context.actor.id, now)
    last_page = max(0, (len(items) - 1) // PAGE)
    page = min(max(page, 0), last_page)
    body: list[Block | Input] = [
        Paragraph(text(f"{board.show.theme} · {times_line(voice, board, now)}"), small=True),
        Paragraph(go_line(voice, board, now)),
        progress(voice, board.items),
        Actions(tuple(filter_button(voice, board, one, chosen, context.actor.id, now) for one in FILTERS)),
    ]
    on_page = items[page * PAGE : (page + 1) * PAGE]
    body += phase_rows(voice, board, on_page, now, hands)
    if not items:
        body.append(Paragraph(text(nothing(voice, chosen))))
    if last_page:
        body.append(Actions(page_buttons(voice, board, chosen, page, last_page)))
    args: dict[str, str | int] = {"run": board.run_id, "filter": chosen, "page": page}
    return Form(name="checklists.view", title=voice.say("Checklist"), body=tuple(body), args=args)


def filter_button(voice: Voice, board: Board, one: Filter, chosen: Filter, person_id: str, now: datetime) -> Button:
    items = chosen_items(board, one, person_id, now)
    n = sum(1 for item in items if is_open(item)) if one != "all" else len(items)
    labels = {
        "all": voice.say("Show all ({n})", n=n),
        "mine": voice.say("Mine ({n})", n=n),
        "critical": voice.say("Critical ({n})", n=n),
        "late": voice.say("Late ({n})", n=n),
    }
    return view_button(labels[one], board, one, primary=one == chosen)


def page_buttons(voice: Voice, board: Board, chosen: Filter, page: int, last: int) -> tuple[Button, ...]:
    buttons = []
    if page:
        buttons.append(view_button(voice.say("Previous page"), board, chosen, page=page - 1))
    if page < last:
        buttons.append(view_button(voice.say("Next page"), board, chosen, page=page + 1))
    return tuple(buttons)


def phase_rows(voice: Voice, board: Board, items: Sequence[ItemLine], now: datetime, hands: Hands) -> list[Block]:
    """Phase by phase; what is finished stands at the end, where it can be undone but is in nobody's way."""
    phases = {phase: [item for item in items if item.phase == phase] for phase in PHASES}
    held = [(phase, lines) for phase, lines in phases.items() if lines]
    held.sort(key=lambda entry: done_count(entry[1]) == len(entry[1]))
    blocks: list[Block] = []
    for phase, lines in held:
        blocks.append(Heading(f"{voice.say(PHASE_NAMES[phase])}  {done_count(lines)}/{len(lines)}"))
        rows = (
            row(voice, board, line, now, may_tick=hands.may_tick, may_untick=hands.may_untick(line)) for line in lines
        )
        blocks.append(Items(tuple(rows)))
    return blocks


def nothing(voice: Voice, chosen: Filter) -> str:
    if chosen == "late":
        return voice.say("Nothing is late.")
    if chosen == "mine":
        return voice.say("Nothing on this checklist is yours.")
    return voice.say("Nothing here.")


def when_line(voice: Voice, show: Show, now: datetime) -> str:
    return f"{voice.when(show.start_at, now)} {show.theme}"


def which_show_card(voice: Voice, shows: Sequence[Show], now: datetime) -> Card:
    """Several shows fit: one button each, and a way to those for which there is none."""
    asking = voice.say("Which show?")
    buttons = [run_button(when_line(voice, show, now)[:75], f"checklist #{show.id}") for show in shows[:BUTTONS]]
    blocks: list[Block] = [Paragraph(text(asking))]
    left = len(shows) - len(buttons)
    if left:
        blocks.append(Paragraph(text(and_more(voice, left)), small=True))
        buttons.append(choose_button(voice))
    return Card("", (*blocks, Actions(tuple(buttons))), summary=asking)


def no_show_card(voice: Voice, plan: bool) -> Card:
    says = voice.say("No show is planned, so there is no checklist yet.")
    if not plan:
        return Card("", (Paragraph(text(says)),), summary=says)
    button = Button(voice.say("Plan a show"), "form.open", {"form": "shows.new"}, style="primary")
    return Card("", (Paragraph(text(says)), Actions((button,))), summary=says)


def not_found_card(voice: Voice, words: str) -> Card:
    says = voice.say("I found no show called “{words}”.", words=shortened(" ".join(visible(words).split())))
    buttons = (
        choose_button(voice, primary=True),
        run_button(voice.say("Tonight's checklist"), "checklist"),
    )
    return Card("", (Paragraph(text(says)), Actions(buttons)), summary=says)


def choose_form(voice: Voice, shows: Sequence[Show], now: datetime, left: int = 0) -> Form:
    """`left`: how many more there are than a form can offer."""
    body: tuple[Block | Input, ...] = (Paragraph(text(voice.say("No show is planned yet."))),)
    if shows:
        options = tuple(Option(str(show.id), when_line(voice, show, now)[:75]) for show in shows)
        body = (ChoiceInput("show", voice.say("Show"), options, hint=and_more(voice, left) if left else ""),)
    submit = voice.say("Open") if shows else ""
    return Form(name="checklists.choose", title=voice.say("Choose a show"), body=body, submit=submit)


def invited(card: Card, voice: Voice) -> Card:
    """The card for a channel that the bot is not in: it cannot live there."""
    note = voice.say("Invite me to this channel and the checklist stays here, always up to date.")
    return Card(card.title, (*card.blocks, Paragraph(text(note), small=True)), card.summary)


def menu_text(voice: Voice, board: Board, now: datetime) -> Text:
    late = sum(1 for item in board.items if is_late(item, now))
    line = go_line(voice, board, now)
    return join((line, voice.plural("{n} item is late.", "{n} items are late.", late)), voice.gap) if late else line


def home_blocks(context: Context, board: Board, mine: Sequence[ItemLine]) -> tuple[Block, ...]:
    """My open items of the current show, the late ones first."""
    voice, now = context.private, context.now
    if context.actor.is_guest:
        return guest_blocks(voice, board, now)
    ranked = sorted(mine, key=lambda item: (not is_late(item, now), not item.critical, item.due_at))
    blocks: list[Block] = [
        Heading(voice.say("My open items: {n}", n=len(mine))),
        Paragraph(text(f"{board.show.theme} · {times_line(voice, board, now)}"), small=True),
        Paragraph(menu_text(voice, board, now)),
    ]
    if ranked:
        blocks.append(rows_of(voice, board, ranked[:HOME_ITEMS], now))
    else:
        blocks.append(Paragraph(text(voice.say("Nothing of this show is waiting for you."))))
    buttons = (
        view_button(voice.say("Mine ({n})", n=len(mine)), board, "mine"),
        view_button(voice.say("Show all ({n})", n=len(board.items)), board, "all"),
    )
    return (*blocks, Actions(buttons))


def guest_blocks(voice: Voice, board: Board, now: datetime) -> tuple[Block, ...]:
    """Guests own nothing: they see where the show stands."""
    return (
        Heading(board.show.theme),
        Paragraph(text(times_line(voice, board, now)), small=True),
        Paragraph(menu_text(voice, board, now)),
        Actions((view_button(voice.say("Show all ({n})", n=len(board.items)), board, "all"),)),
    )
