"""What people have chosen in the controls of messages: each sees their own, and it stands until they change it."""

from __future__ import annotations

from bot.workspace.records import Json, Message

State = dict[str, dict[str, Json]]
"""block_id -> action_id -> the state of that control, as in Slack's `state.values`."""


class Choices:
    """In memory, as in Slack's own client: whoever starts anew sees what the app drew."""

    def __init__(self) -> None:
        self._kept: dict[tuple[str, str, str], State] = {}

    def of(self, message: Message, person_id: str) -> State:
        return self._kept.get((message.channel, message.ts, person_id), {})

    def keep(self, message: Message, person_id: str, values: State) -> None:
        if values:
            self._kept[message.channel, message.ts, person_id] = values

    def forget(self) -> None:
        self._kept.clear()
