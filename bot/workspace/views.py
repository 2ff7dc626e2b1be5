"""What stands open: each person's stack of forms, and their Home."""

from __future__ import annotations

from dataclasses import replace

from bot.workspace.ledgers import Ledger
from bot.workspace.records import Json, View

STACK = 3


class StackFull(Exception):
    """A fourth form on one stack."""


class Views:
    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger
        self._forms: dict[str, list[View]] = {}
        self._homes: dict[str, list[View]] = {}
        self._numbers = 0
        ledger.on_load(self._load)

    def _load(self) -> None:
        self._forms = self._ledger.history.views("modal")
        self._homes = self._ledger.history.views("home")
        self._numbers = int(self._ledger.history.meta("views_made") or 0)

    def forms(self, person_id: str) -> list[View]:
        """The person's open forms, the topmost last."""
        return list(self._forms.get(person_id, []))

    def form(self, person_id: str) -> View | None:
        """The topmost open form."""
        stack = self._forms.get(person_id)
        return stack[-1] if stack else None

    def home(self, person_id: str) -> View | None:
        found = self._homes.get(person_id)
        return found[0] if found else None

    def find(self, view_id: str) -> View | None:
        """Any open form or Home, by id."""
        return next((view for view in self._all() if view.id == view_id), None)

    def find_external(self, external_id: str) -> View | None:
        return next((view for view in self._all() if view.body.get("external_id") == external_id), None)

    def _all(self) -> list[View]:
        return [view for stacks in (self._forms, self._homes) for stack in stacks.values() for view in stack]

    def _next_id(self) -> str:
        self._numbers += 1
        self._ledger.history.set_meta("views_made", str(self._numbers))
        return f"V0{self._numbers:08d}"

    def _next_hash(self) -> str:
        return self._ledger.clock.next_ts()

    def open(self, person_id: str, body: Json) -> View:
        """A form on an empty stack (forms that stood open are dropped, as Slack's client does)."""
        return self._put([], person_id, body)

    def push(self, person_id: str, body: Json) -> View:
        """A form on top of the stack; StackFull beyond three."""
        stack = self._forms.get(person_id, [])
        if len(stack) >= STACK:
            raise StackFull
        return self._put(stack, person_id, body)

    def _put(self, stack: list[View], person_id: str, body: Json) -> View:
        with self._ledger.transaction():
            view_id = self._next_id()
            root = stack[0].id if stack else view_id
            previous = stack[-1].id if stack else None
            view = View(view_id, "modal", person_id, body, self._next_hash(), root, previous)
            self._save(person_id, [*stack, view])
        return view

    def update(self, view: View, body: Json) -> View:
        """New content in the same place; what was typed stays where block_id and action_id stay."""
        after = replace(view, body=body, hash=self._next_hash())
        if view.kind == "home":
            return self._save_home(after)
        stack = [after if one.id == view.id else one for one in self._forms.get(view.user, [])]
        self._save(view.user, stack)
        return after

    def keep_values(self, view: View, values: dict[str, dict[str, Json]]) -> View:
        """Remember what stands in the inputs, without redrawing."""
        view.values = values
        return view

    def close(self, view: View) -> None:
        self._save(view.user, [one for one in self._forms.get(view.user, []) if one.id != view.id])

    def clear(self, person_id: str) -> None:
        self._save(person_id, [])

    def _save(self, person_id: str, stack: list[View]) -> None:
        with self._ledger.transaction():
            self._forms[person_id] = stack
            self._ledger.history.put_views(person_id, "modal", stack)
            self._ledger.publish("form", audience=frozenset({person_id}), data={"depth": len(stack)})

    def publish_home(self, person_id: str, body: Json) -> View:
        standing = self.home(person_id)
        with self._ledger.transaction():
            view_id = standing.id if standing else self._next_id()
            return self._save_home(View(view_id, "home", person_id, body, self._next_hash(), view_id))

    def _save_home(self, view: View) -> View:
        with self._ledger.transaction():
            self._homes[view.user] = [view]
            self._ledger.history.put_views(view.user, "home", [view])
            self._ledger.publish("home", audience=frozenset({view.user}))
        return view
