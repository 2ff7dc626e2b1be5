"""ONE turn: open the store, build the context, route, commit state and outgoing work together, error -> reply."""

from __future__ import annotations

import logging
import uuid
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, Literal, TypeVar

from bot.clocks import millis
from bot.desks import Desk, Origin, is_at_form, notice_in
from bot.logs import turn_id
from bot.notices import note
from bot.outgoing import Outgoing
from bot.platforms.base import Submitted
from bot.scenes import Scenes
from handlers.core.cards import Card, Option, Paragraph, plain_card
from handlers.core.context import Context
from handlers.core.errors import FormErrors, Refusal
from handlers.core.messages import Incoming, Message, Opened, Options, Place, Press, Reaction, Submission
from handlers.core.replies import Choices, DrawnForm, Durable, Live, Reply, Toast
from handlers.core.router import Router
from handlers.core.text import Text, text
from handlers.core.voices import N_
from storage.databases import Database
from storage.errors import Full, LeaseLost, LostRace, StorageError
from storage.repositories.events import NewInboxRow

log = logging.getLogger("callsheet.turn")
TRIES = 3
GIVE_UP = 5
"""A turn that lost every race this often does not lose them to others."""
ANSWERING_MS = 3_000
"""How long calls that are made at once may still run after their turn's commit (real ms)."""
PLACE_ARG = "@"
"""The argument of a form that keeps where it was opened, so that its answer finds the same place."""
KINDS: dict[str, Literal["channel", "dm", "home", "none"]] = {"channel": "channel", "dm": "dm", "home": "home"}
NOT_SAVED = N_("That was not saved: the database cannot be written right now. Please try again in a moment.")
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class TurnResult:
    """What rides back with a turn after its commit; none of it is stored."""

    at_once: tuple[DrawnForm | Toast, ...] = ()
    failed: bool = False
    told: Card | None = None
    """What to tell at once when nothing could be written at all (the disk is full)."""
    again: bool = False
    """Nothing was written, not even the row's own end: the same turn has to run again."""


@dataclass(frozen=True, slots=True)
class Parted:
    durable: tuple[Durable, ...]
    at_once: tuple[DrawnForm | Toast, ...]


def part(answer: tuple[Any, ...]) -> Parted:
    """A router's answer as its two ways out."""
    at_once = tuple(effect for effect in answer if isinstance(effect, DrawnForm | Toast))
    return Parted(tuple(effect for effect in answer if isinstance(effect, Durable)), at_once)


class Turns:
    """Runs turns in worker threads; `wake` tells the dispatcher that work was committed."""

    def __init__(self, database: Database, router: Router, scenes: Scenes, outgoing: Outgoing, *, me: str) -> None:
        self._me = me
        self._database = database
        self._router = router
        self._scenes = scenes
        self._outgoing = outgoing
        self.wake: Callable[[], None] = lambda: None

    def run(self, incoming: Incoming, platform: str, attempts: int = 1) -> TurnResult:
        """The turn of an accepted event; never raises. `attempts` counts how often this event was taken up."""
        incoming, token = with_place(incoming), turn_id.set(uuid.uuid4().hex[:8])
        origin = Origin(incoming.key, platform)
        try:
            return self._run(incoming, origin, attempts)
        except LeaseLost as lost:
            log.warning("another process has taken this turn over", extra={"why": str(lost)})
            return TurnResult()
        except Full as full:
            log.error("the database cannot be written", extra={"why": str(full)})
            return TurnResult(told=self._full(incoming), again=True)
        except LostRace as race:
            log.warning("a turn lost every race and is put off", extra={"why": str(race)})
            return TurnResult(again=True)
        except Exception:
            log.exception("a turn could not even be ended", extra={"kind": incoming.kind, "key": incoming.key})
            return TurnResult(again=True)
        finally:
            turn_id.reset(token)
            self.wake()

    def _run(self, incoming: Incoming, origin: Origin, attempts: int) -> TurnResult:
        try:
            return self._answer(incoming, origin)
        except Refusal as refusal:
            return self._refuse(incoming, origin, refusal)
        except FormErrors as errors:
            return self._refuse(incoming, origin, Refusal(next(iter(errors.errors.values()))))
        except (LeaseLost, Full):
            raise
        except LostRace:
            if attempts < GIVE_UP:
                raise
            log.exception("a turn loses every race", extra={"kind": incoming.kind, "key": incoming.key})
        except Exception:
            log.exception("a turn broke", extra={"kind": incoming.kind, "key": incoming.key})
        return self._break(incoming, origin)

    def _answer(self, incoming: Incoming, origin: Origin) -> TurnResult:
        def once() -> TurnResult:
            with self._database.write(incoming.workspace_id) as store:
                note(store, incoming)
                context = self._scenes.context(store, incoming)
                result = self._emit(context, origin, part(self._router.answer(context)))
                self._finish(context, origin, "done", bool(result.at_once))
                return result

        return again_on_lost_race(once)

    def _emit(self, context: Context, origin: Origin, parted: Parted) -> TurnResult:
        """Rows for what lasts; what is told at a form joins the forms that are drawn at once."""
        durable, at_once = parted.durable, tuple(placed(context, effect) for effect in parted.at_once)
        if isinstance(context.incoming, Message | Reaction | Submission):
            durable, at_once = self._without_toasts(durable, at_once)
        if isinstance(context.incoming, Message | Reaction):
            cards = [self._router.form_card(form) for form in at_once if isinstance(form, DrawnForm)]
            durable, at_once = (*durable, *(Reply(card) for card in cards)), ()
        if is_at_form(context) and isinstance(context.incoming, Press):
            told = [effect for effect in durable if isinstance(effect, Reply) and not effect.public]
            durable = tuple(effect for effect in durable if effect not in told)
            for reply in told:
                at_once = self._tell_at_form(context, at_once, text(plain_card(reply.card)))
        self._outgoing.write(context, origin, durable)
        if shows_home(context.incoming) and not any(isinstance(effect, Reply) for effect in durable):
            Desk(self._outgoing.ways, context, origin, len(durable)).home()
        return TurnResult(at_once)

    def _without_toasts(
        self, durable: tuple[Durable, ...], at_once: tuple[DrawnForm | Toast, ...]
    ) -> tuple[tuple[Durable, ...], tuple[DrawnForm | Toast, ...]]:
        """Nothing can be shown at once here, so a toast is a private answer like any other."""
        told = [Reply(said(effect.says)) for effect in at_once if isinstance(effect, Toast)]
        return (*durable, *told), tuple(effect for effect in at_once if isinstance(effect, DrawnForm))

    def _tell_at_form(
        self, context: Context, at_once: tuple[DrawnForm | Toast, ...], notice: Text
    ) -> tuple[DrawnForm | Toast, ...]:
        forms = [effect for effect in at_once if isinstance(effect, DrawnForm)]
        ref = getattr(context.incoming, "form", None)
        if forms:
            first = notice_in(forms[0], notice)
            return tuple(first if effect is forms[0] else effect for effect in at_once)
        if ref is None:
            return at_once
        drawn = self._router.draw_form(context, ref.name, ref.args)
        return (*at_once, placed(context, notice_in(drawn, notice)))

    def _finish(self, context: Context, origin: Origin, state: str, answering: bool) -> None:
        until = millis(self._scenes.clock.real()) + ANSWERING_MS if answering else None
        context.store.inbox.finish(
            origin.platform, context.incoming.key, state=state, answering_until=until, owner=self._me
        )

    def _refuse(self, incoming: Incoming, origin: Origin, refusal: Refusal) -> TurnResult:
        """The refusal as a private answer, in a transaction of its own: the turn's was rolled back."""

        def once() -> TurnResult:
            with self._database.write(incoming.workspace_id) as store:
                context = self._scenes.context(store, incoming)
                card = refusal.card or said(refusal.says)
                redraw = tuple(Live(kind, entity_id) for kind, entity_id in refusal.redraw)
                result = self._emit(context, origin, Parted((Reply(card), *redraw), ()))
                self._finish(context, origin, "done", bool(result.at_once))
                return result

        return again_on_lost_race(once)

    def _break(self, incoming: Incoming, origin: Origin) -> TurnResult:
        """The one apology for a defect; the row stays failed, the log has the trace under the same id."""
        with self._database.write(incoming.workspace_id) as store:
            context = self._scenes.context(store, incoming)
            says = context.private.say(
                "Something broke on my side (id {id}). Nothing was changed; an admin finds it in the log.",
                id=turn_id.get(),
            )
            self._outgoing.write(context, origin, (Reply(said(text(says))),))
            self._finish(context, origin, "failed", answering=False)
        return TurnResult(failed=True)

    def not_saved(self, incoming: Incoming) -> str:
        """What a person is told whose event could not even be accepted; in both languages when nothing can be read."""
        try:
            with self._database.read(incoming.workspace_id) as store:
                voice = self._scenes.context(store, incoming).private
        except (StorageError, UnicodeError):
            return f"{NOT_SAVED} · 这一步没有存下来，请稍后再试一次。"
        return voice.say(NOT_SAVED)

    def _full(self, incoming: Incoming) -> Card | None:
        try:
            with self._database.read(incoming.workspace_id) as store:
                voice = self._scenes.context(store, incoming).private
        except StorageError:
            return None
        says = voice.say(
            "I cannot save anything right now: the disk is full. I kept this and do it when there is room."
        )
        return said(text(says))

    def submit(self, submission: Submission, platform: str) -> Submitted:
        """A submission's whole turn, before its ack: one transaction, or errors at the inputs and nothing changed."""
        submission = with_place(submission)
        token = turn_id.set(uuid.uuid4().hex[:8])
        try:
            return again_on_lost_race(lambda: self._submit_once(submission, platform))
        except FormErrors as errors:
            return Submitted(errors=errors.errors)
        except Refusal as refusal:
            return Submitted(errors={first_input(submission): refusal.says.plain})
        except (Full, LostRace) as error:
            log.error("a submission could not be saved", extra={"form": submission.form.name, "why": str(error)})
            return Submitted(errors={first_input(submission): self.not_saved(submission)})
        except Exception:
            log.exception("a submission broke", extra={"form": submission.form.name, "key": submission.key})
            return Submitted(errors={first_input(submission): self._broken(submission)})
        finally:
            turn_id.reset(token)
            self.wake()

    def _submit_once(self, submission: Submission, platform: str) -> Submitted:
        with self._database.write(submission.workspace_id) as store:
            row = NewInboxRow(
                workspace_id=submission.workspace_id,
                platform=platform,
                key=submission.key,
                seq=0,
                kind=submission.kind,
                received_at=millis(self._scenes.clock.real()),
            )
            if not store.inbox.add_running(row, owner=self._me):
                return Submitted(taken=False)
            context = self._scenes.context(store, submission)
            result = self._emit(context, Origin(submission.key, platform), part(self._router.answer(context)))
            store.inbox.finish(platform, submission.key)
        forms = [effect for effect in result.at_once if isinstance(effect, DrawnForm)]
        return Submitted(next_form=forms[0] if forms else None)

    def _broken(self, submission: Submission) -> str:
        with self._database.read(submission.workspace_id) as store:
            return self._scenes.context(store, submission).private.say(
                "Something broke on my side (id {id}). Nothing was changed; an admin finds it in the log.",
                id=turn_id.get(),
            )

    def offer_form(self, incoming: Incoming, platform: str, form: DrawnForm) -> None:
        """The opener is spent: a private card with one button that opens the same form."""
        with self._database.write(incoming.workspace_id) as store:
            context = self._scenes.context(store, with_place(incoming))
            card = self._router.form_card(form)
            self._outgoing.write(context, Origin(f"{incoming.key}:form", platform), (Reply(card),))
        self.wake()

    def options(self, options: Options) -> tuple[Option, ...]:
        """What a searched select shows; read-only."""
        with self._database.read(options.workspace_id) as store:
            answer = self._router.answer(self._scenes.context(store, with_place(options)))
        return next((effect.options for effect in answer if isinstance(effect, Choices)), ())


def said(says: Text) -> Card:
    """One sentence as a card."""
    return Card("", (Paragraph(says),), says.plain)


def again_on_lost_race(once: Callable[[], T]) -> T:
    """Runs the unit of work again on fresh data when somebody else was faster; gives up after three tries."""
    for _ in range(TRIES - 1):
        try:
            return once()
        except LostRace as race:
            log.info("lost a race, again on fresh data", extra={"why": str(race)})
    return once()


def placed(context: Context, effect: DrawnForm | Toast) -> Any:
    """The form remembers where it was opened."""
    if not isinstance(effect, DrawnForm):
        return effect
    place = context.incoming.place
    args = {**effect.form.args, PLACE_ARG: f"{place.channel_id}|{place.thread}|{place.kind}"}
    return replace(effect, form=replace(effect.form, args=args))


def with_place(incoming: Incoming) -> Any:
    """An event from inside a form stands where that form was opened."""
    form = getattr(incoming, "form", None)
    if form is None or incoming.place.channel_id:
        return incoming
    channel_id, thread, kind, *_ = *str(form.args.get(PLACE_ARG, "||none")).split("|"), "", "none"
    return replace(incoming, place=Place(channel_id, thread, KINDS.get(kind, "none")))


def shows_home(incoming: Incoming) -> bool:
    return isinstance(incoming, Opened) or (isinstance(incoming, Press) and incoming.surface == "home")


def first_input(submission: Submission) -> str:
    return next(iter(submission.values), "")
