"""Live cards and where they hang."""

from datetime import datetime

from sqlalchemy import bindparam, desc, nulls_last, update

from storage.errors import NotFound
from storage.tables import LiveCard
from storage.units import Unit, here, table_of

_L = table_of(LiveCard).c
_CARD = here(LiveCard, id="id")
_CARD_AT = here(LiveCard, kind="kind", entity_id="entity_id", channel_id="channel_id", thread="thread")
_CARDS_OF = here(LiveCard, kind="kind", entity_id="entity_id").order_by(nulls_last(desc(_L.posted_at)), desc(_L.id))
_CARD_CHANGE = update(table_of(LiveCard)).where(
    _L.workspace_id == bindparam("in_workspace"), _L.id == bindparam("card_id")
)
_ADDRESS = _CARD_CHANGE.values(
    ts=bindparam("ts_"),
    permalink=bindparam("permalink_"),
    posted_messages=bindparam("posted_messages_"),
    posted_at=bindparam("posted_at_"),
    shown=bindparam("shown_"),
)
_RETIRE = _CARD_CHANGE.values(old_ts=_L.ts, ts=None, permalink=None, posted_messages=None, posted_at=None, shown=None)
_UNCOUNTED = update(table_of(LiveCard)).where(_L.workspace_id == bindparam("in_workspace")).values(posted_messages=None)
_SHOWN = _CARD_CHANGE.values(shown=bindparam("shown_"))


class Cards:
    """Live cards: one per thing and place."""

    def __init__(self, unit: Unit) -> None:
        self._unit = unit

    def get(self, card_id: int) -> LiveCard:
        return self._unit.get("live card", card_id, _CARD, id=card_id)

    def find(self, kind: str, entity_id: str, channel_id: str, thread: str = "") -> LiveCard | None:
        return self._unit.find(_CARD_AT, kind=kind, entity_id=entity_id, channel_id=channel_id, thread=thread)

    def put(self, kind: str, entity_id: str, channel_id: str, thread: str = "") -> LiveCard:
        """The card of that thing and place, made without an address if there was none."""
        found = self.find(kind, entity_id, channel_id, thread)
        if found is not None:
            return found
        row = LiveCard(kind=kind, entity_id=entity_id, channel_id=channel_id, thread=thread)
        return self._unit.insert(row)

    def list_of(self, kind: str, entity_id: str) -> list[LiveCard]:
        """Its cards in all places, the latest post first, unposted ones last."""
        return self._unit.list_all(_CARDS_OF, kind=kind, entity_id=entity_id)

    def set_address(
        self,
        card_id: int,
        *,
        ts: str,
        posted_at: datetime,
        permalink: str | None = None,
        posted_messages: int | None = None,
        shown: str | None = None,
    ) -> None:
        """It was posted there, as the `posted_messages`-th message of its channel (None: unknown)."""
        changed = self._unit.run(
            _ADDRESS,
            card_id=card_id,
            ts_=ts,
            permalink_=permalink,
            posted_messages_=posted_messages,
            posted_at_=posted_at,
            shown_=shown,
        )
        self._must(changed, card_id)

    def forget_address(self, card_id: int) -> None:
        """Its message is gone: the next delivery posts anew."""
        changed = self._unit.run(
            _ADDRESS,
            card_id=card_id,
            ts_=None,
            permalink_=None,
            posted_messages_=None,
            posted_at_=None,
            shown_=None,
        )
        self._must(changed, card_id)

    def retire(self, card_id: int) -> None:
        """The next delivery posts it anew; the post that stands is kept as `old_ts`."""
        self._must(self._unit.run(_RETIRE, card_id=card_id), card_id)

    def forget_counts(self) -> None:
        """How far down the cards stand is unknown: nobody counted messages for a while."""
        self._unit.run(_UNCOUNTED)

    def set_shown(self, card_id: int, shown: str) -> None:
        self._must(self._unit.run(_SHOWN, card_id=card_id, shown_=shown), card_id)

    def _must(self, changed: int, card_id: int) -> None:
        if not changed:
            raise NotFound("live card", card_id)
