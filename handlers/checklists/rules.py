"""The rules of a checklist: what a template comes to, when things are due, what is late, what a card shows."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from handlers.checklists.templates import PHASES, Phase, Template, TemplateItem
from storage.repositories.checklists import ItemLine

GO_KEY = "S34"
"""The Go / No-Go decision itself: it asks for all others, so it does not hold itself up."""
MOST_ROWS = 28
"""Rows on a card: a platform allows 50 blocks, and nobody reads more."""
MOST_DONE = 4

Filter = Literal["all", "mine", "critical", "late"]


def resolve(templates: Mapping[str, Template], key: str) -> tuple[TemplateItem, ...]:
    """The items of a template: what it extends, then remove, override field by field, add; in order of their time.

    ValueError names the template and the id that does not fit.
    """
    template = templates[key]
    items = {item.id: item for item in resolve(templates, template.extends)} if template.extends else {}
    for gone in template.remove:
        if items.pop(gone, None) is None:
            raise ValueError(f"{key}: removes {gone}, which is not there")
    for changed, fields in template.override.items():
        if changed not in items:
            raise ValueError(f"{key}: overrides {changed}, which is not there")
        items[changed] = TemplateItem.model_validate({**items[changed].model_dump(), **fields})
    for item in (*template.items, *template.add):
        if item.id in items:
            raise ValueError(f"{key}: adds {item.id}, which is there already")
        items[item.id] = item
    return tuple(sorted(items.values(), key=lambda item: (item.anchor != "start", item.offset_min, item.id)))


@dataclass(frozen=True, slots=True)
class ShowClock:
    """The instants that a checklist hangs on."""

    start_at: datetime
    end_at: datetime
    actual_start_at: datetime | None = None
    actual_end_at: datetime | None = None

    def due_at(self, item: TemplateItem) -> datetime:
        """Exact minutes from the anchor: on-air items follow the real start, after-show items the real end."""
        if item.anchor == "end":
            anchor = self.actual_end_at or self.end_at
        elif item.phase == "on-air":
            anchor = self.actual_start_at or self.start_at
        else:
            anchor = self.start_at
        return anchor + timedelta(minutes=item.offset_min)


def is_before_go(item: TemplateItem | ItemLine) -> bool:
    """Whether the show may not start before this is done."""
    key = item.id if isinstance(item, TemplateItem) else item.key
    return item.critical and item.anchor == "start" and item.offset_min < 0 and key != GO_KEY


def is_open(item: ItemLine) -> bool:
    return item.state == "open"


def is_late(item: ItemLine, now: datetime) -> bool:
    return is_open(item) and item.due_at < now


def missing_before_go(items: Iterable[ItemLine]) -> int:
    """How many critical items stand between the team and the start."""
    return sum(1 for item in items if is_open(item) and is_before_go(item))


@dataclass(frozen=True, slots=True)
class PhaseView:
    """A phase on a card: `rows` are shown, `folded` open ones are only counted; late ones stand elsewhere.

    `is_near`: it is being worked on, or is the next.
    """

    phase: str
    done: int
    total: int
    rows: tuple[ItemLine, ...]
    folded: int
    is_near: bool

    @property
    def is_finished(self) -> bool:
        return self.done == self.total


@dataclass(frozen=True, slots=True)
class Layout:
    """What a card shows: the late ones, critical first, then phase by phase."""

    late: tuple[ItemLine, ...]
    late_folded: int
    phases: tuple[PhaseView, ...]


def lay_out(items: Sequence[ItemLine], now: datetime, most: int = MOST_ROWS) -> Layout:
    """Folds a checklist for a card that everybody sees.

    Finished phases, and phases beyond the next, are counted; late and open critical items always show, until `most`
    rows are full: then the least pressing are counted too.
    """
    by_phase: defaultdict[str, list[ItemLine]] = defaultdict(list)
    for item in items:
        by_phase[item.phase].append(item)
    late = sorted((item for item in items if is_late(item, now)), key=lambda item: (not item.critical, item.due_at))
    ahead = [item for item in items if is_open(item) and item.due_at >= now]
    near = near_phases(ahead)
    wanted = [item for item in ahead if item.critical or item.phase in near]
    shown = {item.id for item in sorted(wanted, key=lambda item: pressing(item, near))[: max(0, most - len(late))]}
    folded = Counter(item.phase for item in ahead if item.id not in shown)
    room = max(0, most - len(late) - len(shown))
    shown |= {item.id for item in lately_done(by_phase[near[0]] if near else [], min(room, MOST_DONE))}
    phases = tuple(
        phase_view(phase, by_phase[phase], shown, folded[phase], phase in near) for phase in PHASES if by_phase[phase]
    )
    return Layout(tuple(late[:most]), max(0, len(late) - most), phases)


def near_phases(ahead: Iterable[ItemLine]) -> tuple[Phase, ...]:
    """The phase that is being worked on and the next: the first two that hold something open and not late."""
    held = {item.phase for item in ahead}
    return tuple(phase for phase in PHASES if phase in held)[:2]


def pressing(item: ItemLine, near: tuple[Phase, ...]) -> tuple[int, datetime]:
    """The smaller, the longer a row stays on a card that is too full."""
    if item.phase == near[0]:
        return (0 if item.critical else 1, item.due_at)
    return (2 if item.critical else 3, item.due_at)


def lately_done(lines: Sequence[ItemLine], most: int) -> list[ItemLine]:
    """The ones ticked last, so that a tick is seen where it was pressed."""
    done = [line for line in lines if line.done_at is not None]
    return sorted(done, key=lambda line: line.done_at or line.due_at)[len(done) - min(most, len(done)) :]


def phase_view(phase: str, lines: Sequence[ItemLine], shown: set[int], folded: int, is_near: bool) -> PhaseView:
    done = sum(1 for line in lines if not is_open(line))
    rows = tuple(line for line in lines if line.id in shown and done < len(lines))
    return PhaseView(phase, done, len(lines), rows, folded, is_near)
