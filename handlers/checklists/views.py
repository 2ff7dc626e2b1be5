"""Everything that a checklist says."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from functools import lru_cache

from handlers.checklists.rules import (
    GO_KEY,
    Filter,
    PhaseView,
    is_late,
    is_open,
    lay_out,
    missing_before_go,
)
from handlers.checklists.service import Board
from handlers.core.cards import Actions, Block, Button, Card, Heading, Item, Items, Marker, Paragraph, Progress
from handlers.core.roles import role_name
from handlers.core.text import Mention, Span, Text, bold, join, text
from handlers.core.tonight import is_on_air
from handlers.core.voices import N_, Voice
from storage.repositories.checklists import ItemLine
from storage.tables import ChecklistEvent

PHASE_NAMES: Mapping[str, str] = {
    "T-7d": N_("A week before"),
    "T-3d": N_("Three days before"),
    "T-1d": N_("The day before"),
    "T-2h": N_("Two hours before"),
    "T-30m": N_("Last half hour"),
    "on-air": N_("On air"),
    "after": N_("After the show"),
}


def title_of(voice: Voice, item: ItemLine) -> str:
    return voice.pick(item.title_zh, item.title_en)


def checklist_card(voice: Voice, board: Board, now: datetime, *, may_tick: bool = True) -> Card:
    """The one living card of a show's checklist; `may_tick` is False for the one reader who may not."""
    layout, go = lay_out(board.items, now), go_line(voice, board, now)
    blocks: list[Block] = [
        Paragraph(text(times_line(voice, board, now)), small=True),
        progress(voice, board.items),
        Paragraph(go),
    ]
    if layout.late:
        blocks += [Heading(late_heading(voice, board.items, now)), rows_of(voice, board, layout.late, now, may_tick)]
    if layout.late_folded:
        blocks.append(Paragraph(text(more_late(voice, layout.late_folded)), small=True))
    blocks += phase_blocks(voice, board, layout.phases, now, may_tick)
    blocks.append(Actions(view_buttons(voice, board, now)))
    title = voice.say("Checklist: {theme}", theme=board.show.theme)
    return Card(title, tuple(blocks), summary=f"{title} · {go.plain}")


def times_line(voice: Voice, board: Board, now: datetime) -> str:
    show = board.show
    return f"{voice.date(show.start_at, now)} {voice.time(show.start_at)}–{voice.time(show.end_at)}"


def done_count(items: Sequence[ItemLine]) -> int:
    return sum(1 for item in items if not is_open(item))


def progress(voice: Voice, items: Sequence[ItemLine]) -> Progress:
    critical = [item for item in items if item.critical]
    label = voice.say("done, critical {done} of {total}", done=done_count(critical), total=len(critical))
    return Progress(done_count(items), len(items), label)


def go_line(voice: Voice, board: Board, now: datetime) -> Text:
    """May we go live? Once on air or over: what critical work is left."""
    show = board.show
    over = show.state in ("ended", "closed") or (now >= show.end_at and show.state != "live")
    if over or is_on_air(show, now):
        return after_go_line(voice, board.items, over)
    missing = missing_before_go(board.items)
    if missing:
        opening = bold(voice.say("Not ready to go live yet:"))
        rest = voice.plural("{n} critical item to go.", "{n} critical items to go.", missing)
        return join((opening, rest), voice.gap)
    if any(item.key == GO_KEY and is_open(item) for item in board.items):
        return join(
            (
                bold(voice.say("Ready to go live:")),
                voice.say("every critical item is done; the Go is still to be given."),
            ),
            voice.gap,
        )
    return bold(voice.say("Go: we may go live."))


def after_go_line(voice: Voice, items: Sequence[ItemLine], over: bool) -> Text:
    opening = voice.say("The show is over:") if over else voice.say("We are on air:")
    left = sum(1 for item in items if item.critical and is_open(item))
    rest = (
        voice.plural("{n} critical item is open.", "{n} critical items are open.", left)
        if left
        else voice.say("every critical item is done.")
    )
    return join((bold(opening), rest), voice.gap)


def late_heading(voice: Voice, items: Sequence[ItemLine], now: datetime) -> str:
    late = [item for item in items if is_late(item, now)]
    critical = sum(1 for item in late if item.critical)
    if critical:
        return voice.say("Late: {n}, critical: {critical}", n=len(late), critical=critical)
    return voice.say("Late: {n}", n=len(late))


def more_late(voice: Voice, n: int) -> str:
    return voice.plural("{n} more is late: press Late.", "{n} more are late: press Late.", n)


def phase_blocks(voice: Voice, board: Board, phases: Sequence[PhaseView], now: datetime, may_tick: bool) -> list[Block]:
    """Phases with rows get a heading; the others one line each, neighbours together.

    What is far ahead is shown without its button: it would only be pressed by mistake.
    """
    blocks: list[Block] = []
    folded: list[str] = []
    for phase in phases:
        if not phase.rows:
            folded.append(folded_line(voice, phase))
            continue
        blocks += folded_block(folded)
        folded = []
        rows = rows_of(voice, board, phase.rows, now, may_tick and phase.is_near)
        blocks += [Paragraph(phase_line(voice, phase)), rows]
    return [*blocks, *folded_block(folded)]


def folded_block(lines: list[str]) -> list[Block]:
    return [Paragraph(text("\n".join(lines)), small=True)] if lines else []


def folded_line(voice: Voice, phase: PhaseView) -> str:
    name = voice.say(PHASE_NAMES[phase.phase])
    if phase.is_finished:
        return voice.say("✓ {phase}: all {total} done", phase=name, total=phase.total)
    return voice.say("○ {phase}: {done} of {total} done", phase=name, done=phase.done, total=phase.total)


def phase_line(voice: Voice, phase: PhaseView) -> Text:
    counts = f"{phase.done}/{phase.total}"
    if phase.folded:
        counts += " · " + voice.plural("{n} more open", "{n} more open", phase.folded)
    return join((bold(voice.say(PHASE_NAMES[phase.phase])), counts), "  ")


def rows_of(voice: Voice, board: Board, items: Sequence[ItemLine], now: datetime, may_tick: bool = True) -> Items:
    return Items(tuple(row(voice, board, item, now, may_tick=may_tick) for item in items))


def row(
    voice: Voice,
    board: Board,
    item: ItemLine,
    now: datetime,
    *,
    may_tick: bool = True,
    may_untick: bool = False,
) -> Item:
    """One item; done ones have a button only where somebody may take the tick back."""
    late = late_by(voice, now - item.due_at) if is_late(item, now) else ""
    if is_open(item):
        return drawn_row(voice, item, owner_words(voice, board, item), voice.when(item.due_at, now), late, may_tick)
    when = voice.when(item.done_at or item.due_at, now)
    return drawn_row(voice, item, done_by(board, voice, item), when, late, may_untick)


@lru_cache(4096)
def drawn_row(voice: Voice, item: ItemLine, who: Text, when: str, late: str, has_button: bool) -> Item:
    """Everything that the row depends on is named, so that a tick draws the one row anew and not all forty-five."""
    control: Button | None = None
    if has_button:
        control = tick_button(voice, item, bool(late)) if is_open(item) else untick_button(voice, item)
    said = detail(voice, item, who, when, late)
    return Item(text=text(title_of(voice, item)), marker=marker(item, late), detail=said, control=control)


def marker(item: ItemLine, late: str) -> Marker:
    if not is_open(item):
        return "done"
    if late:
        return "late"
    return "critical" if item.critical else "open"


def tick_button(voice: Voice, item: ItemLine, late: bool) -> Button:
    """Only what is late stands out: a card full of green buttons says nothing."""
    return Button(
        voice.say("Done"),
        "checklists.tick",
        {"item": item.id, "version": item.version},
        style="primary" if late else "default",
        spoken=voice.say("Done: {title}", title=title_of(voice, item)),
    )


def untick_button(voice: Voice, item: ItemLine) -> Button:
    return Button(
        voice.say("Undo"),
        "checklists.untick",
        {"item": item.id, "version": item.version},
        spoken=voice.say("Not done after all: {title}", title=title_of(voice, item)),
    )


def detail(voice: Voice, item: ItemLine, who: Text, when: str, late: str) -> Text:
    """Who and when, in one line: what is critical or late says so first."""
    if not is_open(item):
        return join((who, when), " ")
    parts: list[Text | Span | str] = []
    if item.critical:
        parts.append(voice.say("critical"))
    parts.append(who)
    if late:
        parts += [voice.say("due {when}", when=when), bold(late)]
    else:
        parts.append(when)
    return join(parts, " · ")


def owner_words(voice: Voice, board: Board, item: ItemLine) -> Text:
    owner = board.owner_of(item)
    if owner is None:
        return bold(voice.say("vacant: {role}", role=role_name(voice, item.role)))
    return text(person(board, owner))


def person(board: Board, person_id: str) -> Mention:
    return Mention(person_id, board.posts.name_of(person_id))


def done_by(board: Board, voice: Voice, item: ItemLine) -> Text:
    by, owner = item.done_by or "", item.done_for
    if owner and owner != by:
        return voice.rich("{who} for {owner}", who=person(board, by), owner=person(board, owner))
    return text(person(board, by))


def late_by(voice: Voice, delay: timedelta) -> str:
    minutes = int(delay.total_seconds()) // 60
    if minutes < 60:
        return voice.say("{minutes} min late", minutes=max(1, minutes))
    if minutes < 24 * 60:
        hours, rest = divmod(minutes, 60)
        if rest and hours < 6:
            return voice.say("{hours} h {minutes} min late", hours=hours, minutes=rest)
        return voice.say("{hours} h late", hours=hours)
    return voice.plural("{n} day late", "{n} days late", minutes // (24 * 60))


def view_buttons(voice: Voice, board: Board, now: datetime) -> tuple[Button, ...]:
    """The ways to a reader's own view; each with how much it holds."""
    critical = sum(1 for item in board.items if item.critical and is_open(item))
    late = sum(1 for item in board.items if is_late(item, now))
    buttons = [
        view_button(voice.say("Show all ({n})", n=len(board.items)), board, "all"),
        view_button(voice.say("Mine"), board, "mine"),
        view_button(voice.say("Critical ({n})", n=critical), board, "critical"),
    ]
    if late:
        buttons.append(view_button(voice.say("Late ({n})", n=late), board, "late"))
    return tuple(buttons)


def view_button(label: str, board: Board, chosen: Filter, *, primary: bool = False, page: int = 0) -> Button:
    value: dict[str, str | int] = {"form": "checklists.view", "run": board.run_id, "filter": chosen}
    if page:
        value["page"] = page
    return Button(label, "form.open", value, style="primary" if primary else "default")


def already_done(voice: Voice, title: str, name: str, at: datetime, now: datetime) -> str:
    return voice.say("Already done by {name} {when}: {title}", name=name, when=voice.when(at, now), title=title)


def already_open(voice: Voice, title: str, event: ChecklistEvent | None, name: str, now: datetime) -> str:
    if event is None:
        return voice.say("That is open already: {title}", title=title)
    return voice.say(
        "Already opened again by {name} {when}: {title}", name=name, when=voice.when(event.at, now), title=title
    )


def changed_meanwhile(voice: Voice, title: str, event: ChecklistEvent | None, name: str, now: datetime) -> str:
    """The button was older than the item: who changed it and when, and that the card is fresh now."""
    if event is None:
        return voice.say("That has changed meanwhile: {title}. The card is up to date now.", title=title)
    if event.verb == "tick":
        return voice.say(
            "{name} ticked it {when}: {title}. The card is up to date now.",
            name=name,
            when=voice.when(event.at, now),
            title=title,
        )
    return voice.say(
        "{name} opened it again {when}: {title}. The card is up to date now.",
        name=name,
        when=voice.when(event.at, now),
        title=title,
    )
