"""Rows to store, with only what a test cares about spelled out."""

from datetime import UTC, datetime, timedelta

from storage.databases import Database
from storage.repositories.events import NewInboxRow
from storage.tables import ChecklistItem, ChecklistRun, Person, Show, Workspace

NOON = datetime(2027, 3, 1, 12, tzinfo=UTC)


def workspace(workspace_id: str = "T1") -> Workspace:
    return Workspace(workspace_id=workspace_id, platform="slack", name=workspace_id, created_at=NOON)


def person(person_id: str, name: str = "") -> Person:
    return Person(person_id=person_id, name=name or person_id, fetched_at=NOON)


def show(hours: float = 0, *, state: str = "planned", theme: str = "女装专场") -> Show:
    start_at = NOON + timedelta(hours=hours)
    return Show(
        theme=theme,
        platform="douyin",
        state=state,
        start_at=start_at,
        start_local="2027-03-01T20:00",
        end_at=start_at + timedelta(hours=2),
        end_local="2027-03-01T22:00",
        tz="Asia/Shanghai",
        template_key="standard",
        created_by="U1",
        created_at=NOON,
    )


def item(position: int, *, due_min: int = 0, key: str = "") -> ChecklistItem:
    return ChecklistItem(
        key=key or f"S{position:02}",
        position=position,
        phase="T-1d",
        anchor="start",
        offset_min=due_min,
        due_at=NOON + timedelta(minutes=due_min),
        role="host",
        title_zh="检查样品",
        title_en="Check samples",
        proof={"kind": "none"},
    )


def run_with_items(db: Database, items: int = 3, workspace_id: str = "T1") -> tuple[int, list[int]]:
    """A show with a checklist; the run's id and its items'."""
    with db.write(workspace_id) as store:
        saved = store.shows.add(show())
        rows = [item(position, due_min=position) for position in range(items)]
        run = store.checklists.add_run(checklist_run(saved.id), rows)
    return run.id, [row.id for row in rows]


def checklist_run(show_id: int) -> ChecklistRun:
    return ChecklistRun(show_id=show_id, template_key="standard", template_version="1", created_at=NOON)


def event(
    key: str,
    seq: int = 0,
    *,
    workspace_id: str = "T1",
    lane: str | None = "slack:T1:C1",
    received_at: int = 1000,
    opener_owner: str | None = None,
    opener_until: int | None = None,
) -> NewInboxRow:
    return NewInboxRow(
        workspace_id=workspace_id,
        platform="slack",
        key=key,
        seq=seq,
        kind="press",
        received_at=received_at,
        lane=lane,
        opener_owner=opener_owner,
        opener_until=opener_until,
        payload={"text": f"said {key}"},
    )


def add_work(
    db: Database,
    key: str,
    due_at: int = 1000,
    *,
    workspace_id: str = "T1",
    kind: str = "deliver",
    lane: str | None = None,
    gate: str | None = None,
    fold: str | None = None,
    not_before: int | None = None,
    payload: dict[str, object] | None = None,
) -> int:
    """The new row's id, or that of the row it was folded into."""
    with db.write(workspace_id) as store:
        work_id = store.work.add(
            kind, key, due_at, lane=lane, gate=gate, fold=fold, not_before=not_before, payload=payload
        )
    assert work_id is not None
    return work_id
