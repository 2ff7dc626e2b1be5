"""From what arrived to what is answered: finds who handles it, asks whether the person may, resolves forms."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, TypeVar

from handlers.core.cards import Block, Card, Value
from handlers.core.context import Context, Scene, incoming_of, team_day
from handlers.core.errors import Refusal
from handlers.core.feature import Action, Feature, FormKind, Noun, Verb
from handlers.core.menus import form_card, help_card, home_card, menu_card, noun_help_card, stranger_card, unknown_card
from handlers.core.messages import (
    Command,
    Incoming,
    Membership,
    Message,
    Options,
    Press,
    Reaction,
    Shortcut,
    Submission,
)
from handlers.core.permissions import Permissions, load_permissions, may_in, might_in, refusal_in
from handlers.core.replies import (
    Answer,
    Choices,
    DrawnForm,
    Effect,
    Happened,
    Live,
    OpenForm,
    Post,
    Reply,
    Resolved,
    effects,
)
from handlers.core.text import NOTHING, Text, text
from handlers.core.vocabulary import Vocabulary, begun, first_word, folded
from handlers.core.voices import N_

Entry = TypeVar("Entry")
SENTENCE = 3
"""So many words to the bot alone are talk, not a command that was mistyped."""
COMMAND_WORDS = frozenset({"/live", "live"})


class Router:
    """Knows every feature. Holds no state between turns."""

    def __init__(self, features: Sequence[Feature], permissions: Permissions | None = None) -> None:
        """ValueError where two features claim one name, or a permission has no rule."""
        self.features = (*features, self._own_feature())
        self.permissions = permissions or load_permissions()
        self.vocabulary = Vocabulary(noun for feature in self.features for noun in feature.nouns)
        self._actions = named("button", ((action.id, action) for f in self.features for action in f.actions))
        self._forms = named("form", ((form.name, form) for f in self.features for form in f.forms))
        self._cards = named("card", ((card.name, card) for f in self.features for card in f.cards))
        self._jobs = named("job", ((job.name, job) for f in self.features for job in f.jobs))
        self._shortcuts = named("shortcut", ((kind.name, kind) for f in self.features for kind in f.shortcuts))
        self._reactions = named("reaction", (entry for f in self.features for entry in f.reactions.items()))
        self._relations = named("relation", (entry for f in self.features for entry in f.relations.items()))
        self._by_kind: Mapping[type[Any], Callable[[Context], Answer]] = {
            Command: self._command,
            Message: self._message,
            Press: self._press,
            Submission: self._submission,
            Options: self._options,
            Shortcut: self._shortcut,
            Reaction: self._reaction,
            Membership: self._membership,
        }
        self._check_rules()

    def answer(self, context: Context) -> tuple[Resolved, ...]:
        """Everything that this incoming brings about. Raises Refusal, FormErrors, and what storage raises."""
        person = context.actor.person
        if person.is_bot or person.is_deleted:
            return ()
        if person.is_stranger:
            return self._turn_away(context)
        handle = self._by_kind.get(type(context.incoming))
        return self._resolve(context, handle(context)) if handle else ()

    def live_changes_at(self, scene: Scene, kind: str, entity_id: str) -> datetime | None:
        """When the living card has to be drawn again because time passes."""
        known = self._cards.get(kind)
        return known.changes_at(scene, entity_id) if known else None

    def home(self, context: Context) -> Card:
        """The person's Home as it stands now."""
        if context.actor.person.is_stranger:
            return stranger_card(context)
        parts = sorted((part for feature in self.features for part in feature.home), key=lambda part: part.order)
        blocks: list[Block] = [block for part in parts for block in part.draw(context)]
        return home_card(context, tuple(blocks))

    def draw_live(self, scene: Scene, kind: str, entity_id: str) -> Card | None:
        """The living card as it should stand now; None when the thing, or its kind, is gone."""
        found = self._cards.get(kind)
        return found.draw(scene, entity_id) if found else None

    def run_job(self, scene: Scene, name: str, payload: Mapping[str, Any]) -> tuple[Resolved, ...]:
        """Runs slow work outside a turn: nobody is there, so its answer holds no form and no toast."""
        return self._resolve(scene, self._jobs[name].run(scene, payload))

    def draw_form(self, context: Context, name: str, args: Value, missing: Text = NOTHING) -> DrawnForm:
        """The form `name` as it stands now for the person; Refusal where they may not open it."""
        form = self._form(context, name).draw(context, args)
        says = missing or text(context.private.say("This needs a form: press the button to open it."))
        return DrawnForm(form, push=False, missing=says)

    def form_card(self, drawn: DrawnForm) -> Card:
        """The private card that stands in for a form which could not be opened at once."""
        return form_card(drawn)

    def permission_keys(self) -> frozenset[str]:
        """Every key that the features ask for."""
        keys = {verb_key(noun, verb) for noun in self.vocabulary.nouns for verb in noun.verbs}
        keys |= {action.needs or action.id for action in self._actions.values()}
        keys |= {form.needs or form.name for form in self._forms.values()}
        keys |= {shortcut.needs or shortcut.name for shortcut in self._shortcuts.values()}
        return frozenset(keys | {f"reaction.{emoji}" for emoji in self._reactions})

    def _check_rules(self) -> None:
        for key in sorted(self.permission_keys()):
            rule = self.permissions.rules.get(key)
            if rule is None:
                raise ValueError(f"permissions.json has no rule {key!r}")
            if rule.asks_relation and key not in self._relations:
                raise ValueError(f"no feature finds the relations of {key!r}")

    def _check(self, context: Context, key: str) -> None:
        rule = self.permissions.rules[key]
        if may_in(context, rule):
            return
        if rule.asks_relation and may_in(context, rule, self._relations[key](context)):
            return
        raise refusal_in(context, rule)

    def _turn_away(self, context: Context) -> tuple[Resolved, ...]:
        match context.incoming:
            case Options():
                return (Choices(()),)
            case Command() | Press() | Shortcut() | Submission() | Message(to_bot=True):
                person_id = context.actor.id
                key = f"stranger:{person_id}:{team_day(context.workspace, context.now)}"
                return (Post(stranger_card(context), person_id=person_id, key=key),)
            case _:
                return ()

    def _command(self, context: Context) -> Answer:
        return self._speak(context, incoming_of(context, Command).words)

    def _message(self, context: Context) -> Answer:
        message = incoming_of(context, Message)
        if not message.to_bot or message.change != "posted":
            return None
        words = begun(message.words)
        word, rest = first_word(words)
        return self._speak(context, rest if folded(word) in COMMAND_WORDS else words)

    def _speak(self, context: Context, words: str) -> Answer:
        """The same for all who speak: slash command, mention, DM, and the buttons that stand for words."""
        word, _ = first_word(words)
        if not folded(word):
            return Reply(self._menu(context))
        wish = self.vocabulary.read(words)
        if wish is None:
            return self._unknown(context, words)
        if wish.verb is None:
            return self._unknown_verb(context, wish.noun, wish.rest)
        self._check(context, verb_key(wish.noun, wish.verb))
        return wish.verb.run(replace(context, incoming=as_command(context.incoming, words)), wish.rest)

    def _unknown(self, context: Context, words: str) -> Answer:
        word, rest = first_word(words)
        guesses = self.vocabulary.nearest(word)
        is_talk = not guesses or len(words.split(None, SENTENCE)) >= SENTENCE
        if is_talk and context.incoming.place.kind == "dm":
            return Reply(self._menu(context, lost=True))
        return Reply(unknown_card(context.private, word, guesses, rest))

    def _unknown_verb(self, context: Context, noun: Noun, words: str) -> Answer:
        word, rest = first_word(words)
        if not word:
            return self._noun_help(context, noun)
        guesses = self.vocabulary.nearest(word, within=noun)
        return Reply(unknown_card(context.private, word, guesses, rest)) if guesses else self._noun_help(context, noun)

    def _press(self, context: Context) -> Answer:
        press = incoming_of(context, Press)
        action = self._actions.get(press.action)
        if action is None:
            raise Refusal(context.private.say("That button is of an older version. Ask for the card again."))
        self._check(context, action.needs or action.id)
        return action.run(context)

    def _form(self, context: Context, name: str) -> FormKind:
        form = self._forms.get(name)
        if form is None:
            raise Refusal(context.private.say("That form is of an older version. Open it again."))
        self._check(context, form.needs or form.name)
        return form

    def _submission(self, context: Context) -> Answer:
        form = self._form(context, incoming_of(context, Submission).form.name)
        return form.submit(context) if form.submit else None

    def _options(self, context: Context) -> Answer:
        options = incoming_of(context, Options)
        form = self._form(context, options.form.name) if options.form else None
        return form.search(context) if form and form.search else Choices(())

    def _shortcut(self, context: Context) -> Answer:
        shortcut = self._shortcuts.get(incoming_of(context, Shortcut).name)
        if shortcut is None:
            raise Refusal(context.private.say("That shortcut is of an older version."))
        self._check(context, shortcut.needs or shortcut.name)
        return shortcut.run(context)

    def _reaction(self, context: Context) -> Answer:
        emoji = incoming_of(context, Reaction).emoji
        handle = self._reactions.get(emoji)
        if handle is None:
            return None
        self._check(context, f"reaction.{emoji}")
        return handle(context)

    def _membership(self, context: Context) -> Answer:
        handles = (handle for feature in self.features for handle in feature.on_membership)
        return tuple(effect for handle in handles for effect in effects(handle(context)))

    def _resolve(self, scene: Scene, answer: Answer) -> tuple[Resolved, ...]:
        """Forms drawn, happenings handed on to whoever reacts to them."""
        resolved: list[Resolved] = []
        for effect in effects(answer):
            resolved.extend(self._resolve_one(scene, effect))
        return tuple(unrepeated(resolved))

    def _resolve_one(self, scene: Scene, effect: Effect) -> tuple[Resolved, ...]:
        match effect:
            case Happened():
                hooks = (feature.on[effect.name] for feature in self.features if effect.name in feature.on)
                return tuple(one for hook in hooks for one in self._resolve(scene, hook(scene, effect.entity_id)))
            case OpenForm():
                if not isinstance(scene, Context):
                    raise TypeError("a job has nobody to open a form for")
                return (replace(self.draw_form(scene, effect.name, effect.args, effect.missing), push=effect.push),)
            case _:
                return (effect,)

    def _own_feature(self) -> Feature:
        alone = Verb("", self._help, N_("What I can do, or all about one word"), usage=N_("[word]"))
        noun = Noun("help", ("帮助", "怎么用"), N_("What I can do"), (alone,))
        return Feature(
            key="core",
            nouns=(noun,),
            actions=(Action("form.open", self._open_form), Action("words.run", self._run_words)),
        )

    def _open_form(self, context: Context) -> Answer:
        value = dict(incoming_of(context, Press).value)
        return OpenForm(str(value.pop("form", "")), value)

    def _run_words(self, context: Context) -> Answer:
        return self._speak(context, str(incoming_of(context, Press).value.get("words", "")))

    def _help(self, context: Context, words: str) -> Answer:
        word, _ = first_word(words)
        if not word:
            return Reply(help_card(context.private, (n for n in self.vocabulary.nouns if self._verbs_for(context, n))))
        noun = self.vocabulary.noun(word)
        return self._noun_help(context, noun) if noun else self._unknown(context, words)

    def _noun_help(self, context: Context, noun: Noun) -> Answer:
        return Reply(noun_help_card(context.private, noun, self._verbs_for(context, noun)))

    def _verbs_for(self, context: Context, noun: Noun) -> list[Verb]:
        """What the reader may do, or might to some things."""
        rules = self.permissions.rules
        return [verb for verb in noun.verbs if might_in(context, rules[verb_key(noun, verb)])]

    def _menu(self, context: Context, *, lost: bool = False) -> Card:
        parts = [part for feature in self.features for part in feature.menu]
        return menu_card(context, parts, lost=lost)


def as_command(incoming: Incoming, words: str) -> Command:
    """Whatever was said or pressed, as the command that it stands for."""
    return Command(
        workspace_id=incoming.workspace_id,
        person_id=incoming.person_id,
        place=incoming.place,
        key=incoming.key,
        said_at=incoming.said_at,
        answer_to=incoming.answer_to,
        answer_until=incoming.answer_until,
        words=words,
    )


def verb_key(noun: Noun, verb: Verb) -> str:
    return f"{noun.name}.{verb.name}" if verb.name else noun.name


def named(what: str, entries: Iterable[tuple[str, Entry]]) -> dict[str, Entry]:
    found: dict[str, Entry] = {}
    for name, entry in entries:
        if name in found:
            raise ValueError(f"two features have a {what} {name!r}")
        found[name] = entry
    return found


def unrepeated(resolved: Iterable[Resolved]) -> list[Resolved]:
    """A living card is made right once, however many changes asked for it."""
    kept: list[Resolved] = []
    for effect in resolved:
        if not (isinstance(effect, Live) and effect in kept):
            kept.append(effect)
    return kept
