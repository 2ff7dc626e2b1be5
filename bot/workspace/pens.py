"""Drawing for one person: messages, forms and Home of the world as HTML in that person's language and zone."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

from jinja2 import Environment
from markupsafe import Markup

from bot.workspace.faces import Face, WorldDirectory, face_of
from bot.workspace.inputs import with_choices
from bot.workspace.records import Message, Person, View
from bot.workspace.render.blocks import Blocks
from bot.workspace.render.emoji import glyph
from bot.workspace.render.environments import environment, translations
from bot.workspace.render.mrkdwn import mrkdwn
from bot.workspace.render.readers import Reader
from bot.workspace.render.times import clock_time, day_label, instant_of
from bot.workspace.world import World

_PICTURES = ("image/png", "image/jpeg", "image/gif", "image/webp")
_RINGS = 'class="mention mention-'


@dataclass(frozen=True)
class ReactionSight:
    name: str
    glyph: str
    count: int
    mine: bool
    who: str


@dataclass(frozen=True)
class FileSight:
    id: str
    name: str
    size: str
    is_image: bool


@dataclass(frozen=True)
class MessageSight:
    """A message as one person sees it in one container, `list` or `thread`."""

    ts: str
    channel: str
    container: str
    thread_ts: str | None
    face: Face
    time: str
    iso: str
    day: str
    text: Markup
    blocks: Markup
    files: Sequence[FileSight]
    reactions: Sequence[ReactionSight]
    reply_count: int
    last_reply: str
    rings: bool
    is_ephemeral: bool
    is_edited: bool
    is_mine: bool
    is_deletable: bool


@dataclass(frozen=True)
class FormSight:
    id: str
    hash: str
    title: str
    submit: str
    close: str
    blocks: Markup


def size_text(size: int) -> str:
    """`912 B`, `14 KB`, `2.1 MB`."""
    if size < 1024:
        return f"{size} B"
    return f"{size / 1024:.0f} KB" if size < 1024 * 1024 else f"{size / 1024 / 1024:.1f} MB"


class Pen:
    """Draws what one person sees; made anew for each request or stream."""

    def __init__(self, world: World, person: Person, language: str) -> None:
        self._world = world
        self.person = person
        self.reader = Reader(person.id, language, ZoneInfo(person.tz))
        self.translations = translations(language)
        self.environment: Environment = environment(language)
        self._directory = WorldDirectory(world, person.id)

    def face(self, person_id: str) -> Face:
        return face_of(self._world.roster.person(person_id), person_id, self.translations)

    def message(self, message: Message, container: str) -> MessageSight:
        at = instant_of(message.ts)
        older = [{"type": "attachments"}] if message.attachments else []
        seen = with_choices(message.blocks or [], self._world.choices.of(message, self.person.id))
        blocks = self._blocks([*seen, *older], "message", f"m{message.ts.replace('.', '-')}-{container}")
        text = Markup("") if message.blocks else self._text(message)
        is_ephemeral = message.ephemeral_for is not None
        return MessageSight(
            ts=message.ts,
            channel=message.channel,
            container=container,
            thread_ts=message.thread_ts,
            face=self.face(message.user),
            time=clock_time(at, self.reader),
            iso=at.isoformat(),
            day=day_label(at, self.reader),
            text=text,
            blocks=blocks,
            files=self._files(message),
            reactions=[self._reaction(name, who) for name, who in message.reactions.items()],
            reply_count=message.reply_count,
            last_reply=clock_time(instant_of(message.latest_reply), self.reader) if message.latest_reply else "",
            rings=_RINGS + "me" in text + blocks or _RINGS + "all" in text + blocks,
            is_ephemeral=is_ephemeral,
            is_edited=message.edited is not None and not message.is_bot,
            is_mine=message.user == self.person.id,
            is_deletable=message.user == self.person.id or (message.is_bot and self.person.is_admin),
        )

    def message_html(self, message: Message, container: str) -> str:
        parts: Any = self.environment.get_template("parts.html").module
        return str(parts.message(self.message(message, container)))

    def forms(self) -> list[FormSight]:
        """The person's open forms, the topmost last."""
        return [self._form(view) for view in self._world.views.forms(self.person.id)]

    def home(self) -> tuple[str, Markup]:
        """Id and drawing of the person's Home; both empty when nothing is published."""
        view = self._world.views.home(self.person.id)
        return (view.id, self._blocks(view.blocks, "home", view.id)) if view else ("", Markup(""))

    def _form(self, view: View) -> FormSight:
        body = view.body
        return FormSight(
            id=view.id,
            hash=view.hash,
            title=_words(body.get("title")),
            submit=_words(body.get("submit")),
            close=_words(body.get("close")),
            blocks=self._blocks(view.blocks, "modal", view.id),
        )

    def _blocks(self, blocks: Sequence[dict[str, Any]], surface: str, scope: str) -> Markup:
        if not blocks:
            return Markup("")
        return Blocks(self.environment, self._directory, self.reader, surface, scope).draw(blocks)

    def _text(self, message: Message) -> Markup:
        if message.subtype == "tombstone":
            gone = self.translations.gettext("This message was deleted.")
            return Markup('<span class="tombstone">{}</span>').format(gone)
        return mrkdwn(message.text, self._directory, self.reader)

    def _files(self, message: Message) -> list[FileSight]:
        found = [self._world.messages.file(file_id) for file_id in message.files]
        return [
            FileSight(file.id, file.name, size_text(file.size), file.mimetype in _PICTURES) for file in found if file
        ]

    def _reaction(self, name: str, who: Sequence[str]) -> ReactionSight:
        names = self.translations.gettext(", ").join(self.face(person_id).name for person_id in who)
        return ReactionSight(name, glyph(name), len(who), self.person.id in who, names)


def _words(node: Any) -> str:
    return str(node.get("text", "")) if isinstance(node, dict) else ""
