"""The cards that explain: menu, help, "did you mean", and the one that leads to a form."""

from __future__ import annotations

from collections.abc import Iterable

from handlers.core.cards import Actions, Block, Button, Card, Item, Items, Paragraph, Style
from handlers.core.context import Context
from handlers.core.feature import MenuPart, Noun, Verb
from handlers.core.replies import DrawnForm
from handlers.core.text import Text, bold, code, join, text
from handlers.core.vocabulary import Guess, spoken
from handlers.core.voices import Voice

COMMAND = "/live"
BUTTONS = 8
ECHOED = 60


def menu_card(context: Context, parts: Iterable[MenuPart], *, lost: bool = False) -> Card:
    """What `/live` alone answers; `lost`: something was said that is no command."""
    voice = context.private
    opening = (
        voice.say("I did not understand that as a command. These are close at hand:")
        if lost
        else voice.say("Hello {name}. What do you need?", name=context.actor.name)
    )
    blocks: list[Block] = [Paragraph(text(opening))]
    buttons: list[Button] = []
    for part in sorted(parts, key=lambda part: part.order):
        line = part.line(context)
        if line:
            blocks.append(Paragraph(line))
        buttons.extend(part.buttons(context))
    buttons.append(run_button(voice.say("Help"), "help"))
    blocks.append(Actions(tuple(buttons[:BUTTONS])))
    hint = voice.rich(
        "Type {command}, mention me, or write to me directly: it is all the same.",
        command=code(f"{COMMAND} {voice.pick('清单', 'checklist')}"),
    )
    blocks.append(Paragraph(hint, small=True))
    return Card(voice.say("Callsheet"), tuple(blocks), summary=opening)


def help_card(voice: Voice, nouns: Iterable[Noun]) -> Card:
    rows = tuple(
        Item(
            text=join((code(f"{COMMAND} {spoken(voice, noun.name, noun.aliases)}"), voice.say(noun.help)), "  "),
            detail=text(" · ".join(other_words(voice, noun))),
            control=run_button(voice.say("More"), f"help {noun.name}"),
        )
        for noun in nouns
    )
    footer = voice.rich("{command} alone shows the menu.", command=code(COMMAND))
    return Card(voice.say("What I can do"), (Items(rows), Paragraph(footer, small=True)))


def noun_help_card(voice: Voice, noun: Noun, verbs: Iterable[Verb]) -> Card:
    rows = tuple(
        Item(
            text=join((code(usage(voice, noun, verb)), voice.say(verb.help)), "  "),
            control=try_button(voice, noun, verb),
        )
        for verb in verbs
    )
    blocks: list[Block] = [Paragraph(text(voice.say(noun.help))), Items(rows)]
    others = other_words(voice, noun)
    if others:
        blocks.append(Paragraph(text(voice.say("Also: {words}", words=" · ".join(others))), small=True))
    return Card(f"{COMMAND} {spoken(voice, noun.name, noun.aliases)}", tuple(blocks))


def try_button(voice: Voice, noun: Noun, verb: Verb) -> Button:
    command = f"{COMMAND} {Guess(noun, verb).words(voice)}"
    return run_button(voice.say("Try it"), f"{noun.name} {verb.name}", spoken=command)


def other_words(voice: Voice, noun: Noun) -> list[str]:
    """The noun's further names, the one shown first left out."""
    shown = spoken(voice, noun.name, noun.aliases)
    return [word for word in (noun.name, *noun.aliases) if word != shown]


def usage(voice: Voice, noun: Noun, verb: Verb) -> str:
    return f"{COMMAND} {Guess(noun, verb).words(voice)} {voice.say(verb.usage)}".rstrip()


def unknown_card(voice: Voice, said: str, guesses: Iterable[Guess], rest: str = "") -> Card:
    """`said` is the word that is no command; the buttons run what was probably meant."""
    buttons = tuple(
        run_button(f"{COMMAND} {guess.words(voice)}", f"{guess.noun.name} {guess.verb.name} {rest}")
        for guess in guesses
        if guess.noun.name != "help"
    )
    sentence = voice.rich("I do not know {word}.", word=bold(shortened(said)))
    if buttons:
        sentence = join((sentence, voice.say("Did you mean:")), voice.gap)
    ways = (*buttons, run_button(voice.say("Help"), "help"))
    return Card("", (Paragraph(sentence), Actions(ways)), summary=sentence.plain)


def run_button(label: str, words: str, *, spoken: str = "") -> Button:
    """A button that does what typing `words` after the command does."""
    return Button(label, "words.run", {"words": words.strip()[:300]}, spoken=spoken)


def and_more(voice: Voice, left: int) -> str:
    """Under a list that was cut."""
    return voice.plural("and {n} more", "and {n} more", left)


def choose_button(voice: Voice, *, primary: bool = False) -> Button:
    """The way to every show, where only some of them are listed."""
    style: Style = "primary" if primary else "default"
    return Button(voice.say("Choose a show"), "form.open", {"form": "checklists.choose"}, style=style)


def form_card(drawn: DrawnForm) -> Card:
    """What is missing, and one button that opens the same form: for where a form could not be opened at once."""
    form = drawn.form
    opening = Button(form.title, "form.open", {**form.args, "form": form.name}, style="primary")
    return Card(form.title, (Paragraph(drawn.missing), Actions((opening,))), summary=drawn.missing.plain)


def stranger_card(context: Context) -> Card:
    voice = context.private
    sentence = voice.say(
        "I work for the team of {team} and answer only its own people. Please ask one of them.",
        team=context.workspace.name,
    )
    return Card("", (Paragraph(text(sentence)),), summary=sentence)


def home_card(context: Context, blocks: tuple[Block, ...]) -> Card:
    voice = context.private
    title = voice.say("{name}, your call sheet", name=context.actor.name)
    if not blocks:
        blocks = (Paragraph(Text(text(voice.say("Nothing is waiting for you.")).spans)),)
    return Card(title, blocks)


def shortened(said: str) -> str:
    return said if len(said) <= ECHOED else f"{said[:ECHOED]}…"
