"""What stands on one person's screen: sidebar, conversation, thread, forms, tools."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from markupsafe import Markup

from bot.workspace.faces import Face
from bot.workspace.guide import Guide, Step
from bot.workspace.pens import FormSight, MessageSight, Pen
from bot.workspace.phrases import differences, error_strings, script_strings
from bot.workspace.records import Channel, Message
from bot.workspace.render.emoji import EMOJI, PICKER
from bot.workspace.render.times import clock_time, day_label, zone_label
from bot.workspace.world import World

_SHOWN = 200
_BEFORE_SHOW = timedelta(minutes=30)
_METHODS = (
    "chat.postMessage", "chat.update", "chat.delete", "chat.postEphemeral", "views.open", "views.push",
    "views.update", "views.publish", "reactions.add", "conversations.open", "users.info",
    "files.getUploadURLExternal", "files.completeUploadExternal",
)  # fmt: skip


@dataclass(frozen=True)
class Place:
    """Where a tab stands: a channel or DM, its Home tab or its messages, and the open thread."""

    channel: Channel
    tab: str = "messages"
    thread_ts: str | None = None


@dataclass(frozen=True)
class Row:
    """A line of the sidebar."""

    id: str
    name: str
    href: str
    unread: int
    is_current: bool
    is_private: bool = False
    icon: str = "hash"
    face: Face | None = None


@dataclass(frozen=True)
class Screen:
    """Everything that `page.html` shows; times are already words in the person's zone."""

    html_lang: str
    language: str
    theme: str
    title: str
    team: str
    seq: str
    me: Face
    people: Sequence[Face]
    zone: str
    zone_label: str
    now: str
    now_iso: str
    now_wall: str
    before_show_iso: str
    channel_id: str
    tab: str
    thread_ts: str | None
    is_channel: bool
    is_private: bool
    is_app: bool
    topic: str
    beginning: str
    member_count: int
    member_names: str
    member_ids: Sequence[str]
    can_write: bool
    composer_label: str
    home_href: str
    messages_href: str
    channels: Sequence[Row]
    app_rows: Sequence[Row]
    dms: Sequence[Row]
    messages: Sequence[MessageSight]
    replies: Sequence[MessageSight]
    forms: Sequence[FormSight]
    home_id: str
    home_blocks: Markup
    guide: Sequence[Step]
    differences: Sequence[str]
    methods: Sequence[str]
    strings: Mapping[str, str]
    errors: Mapping[str, str]
    pickers: Mapping[str, Any]


def now_text(pen: Pen, at: datetime) -> str:
    """`11月22日 周日 18:03` in the person's zone."""
    return f"{day_label(at, pen.reader)} {clock_time(at, pen.reader)}"


class Screens:
    """Builds screens from the world; reading only."""

    def __init__(self, world: World, manifest: Mapping[str, Any], guide: Guide) -> None:
        self._world = world
        self._features: Mapping[str, Any] = manifest.get("features") or {}
        self._guide = guide

    def draw(self, pen: Pen, place: Place, *, seq: str, theme: str, show_at: datetime | None) -> Screen:
        channel, now = place.channel, self._world.clock.now()
        other = self._other(channel, pen)
        title = other.name if other else channel.name
        gettext = pen.translations.gettext
        home_id, home_blocks = pen.home()
        names = gettext(", ").join(pen.face(member).name for member in channel.members)
        before_show = show_at - _BEFORE_SHOW if show_at else None
        return Screen(
            html_lang="zh-CN" if pen.reader.language == "zh_CN" else "en",
            language=pen.reader.language,
            theme=theme,
            title=title,
            team=self._world.team.name,
            seq=seq,
            me=pen.face(pen.person.id),
            people=[pen.face(person.id) for person in self._world.roster.people()],
            zone=pen.person.tz,
            zone_label=zone_label(now, pen.reader),
            now=now_text(pen, now),
            now_iso=now.isoformat(),
            now_wall=now.astimezone(pen.reader.zone).strftime("%Y-%m-%dT%H:%M"),
            before_show_iso=before_show.isoformat() if before_show and before_show > now else "",
            channel_id=channel.id,
            tab=place.tab,
            thread_ts=place.thread_ts,
            is_channel=not channel.is_dm,
            is_private=channel.kind == "private",
            is_app=bool(other and other.is_bot),
            topic=channel.topic if not channel.is_dm else (other.roles if other else ""),
            beginning=self._beginning(pen, channel, title),
            member_count=len(channel.members),
            member_names=names,
            member_ids=channel.members,
            can_write=channel.has(pen.person.id) and not channel.archived,
            composer_label=gettext("Message %(place)s") % {"place": title if other else f"#{title}"},
            home_href=f"/c/{channel.id}?tab=home",
            messages_href=f"/c/{channel.id}",
            channels=self._channel_rows(pen, place),
            app_rows=self._app_rows(pen, place),
            dms=self._dm_rows(pen, place),
            messages=self._messages(pen, place),
            replies=self._replies(pen, place),
            forms=pen.forms(),
            home_id=home_id,
            home_blocks=home_blocks,
            guide=self._guide.steps(pen.translations),
            differences=differences(pen.translations),
            methods=_METHODS,
            strings=script_strings(pen.translations),
            errors=error_strings(pen.translations),
            pickers=self._pickers(pen),
        )

    def _other(self, channel: Channel, pen: Pen) -> Face | None:
        """The other one of a DM."""
        if not channel.is_dm:
            return None
        others = [member for member in channel.members if member != pen.person.id]
        return pen.face(others[0] if others else pen.person.id)

    def _beginning(self, pen: Pen, channel: Channel, title: str) -> str:
        if channel.is_dm:
            sentence = pen.translations.gettext("This is the beginning of your conversation with %(name)s.")
        else:
            sentence = pen.translations.gettext("This is the beginning of #%(name)s.")
        return sentence % {"name": title}

    def _messages(self, pen: Pen, place: Place) -> list[MessageSight]:
        if place.tab == "home":
            return []
        listed: Sequence[Message] = self._world.messages.listed(place.channel.id, limit=_SHOWN)
        return [pen.message(message, "list") for message in listed]

    def _replies(self, pen: Pen, place: Place) -> list[MessageSight]:
        if not place.thread_ts:
            return []
        thread = self._world.messages.thread(place.channel.id, place.thread_ts)
        return [pen.message(message, "thread") for message in thread]

    def _channel_rows(self, pen: Pen, place: Place) -> list[Row]:
        unread = self._world.messages.unread(pen.person.id)
        shown = [c for c in self._world.roster.channels_of(pen.person.id) if not c.is_dm]
        if not place.channel.is_dm and place.channel not in shown:
            shown.append(place.channel)
        return [
            Row(c.id, c.name, f"/c/{c.id}", unread.get(c.id, 0), c.id == place.channel.id, c.kind == "private")
            for c in shown
        ]

    def _app_rows(self, pen: Pen, place: Place) -> list[Row]:
        dm = self._world.roster.find_channel("dm", pen.person.id)
        if dm is None:
            return []
        unread = self._world.messages.unread(pen.person.id).get(dm.id, 0)
        here = place.channel.id == dm.id
        home, messages = pen.translations.gettext("Home"), pen.translations.gettext("Messages")
        name = self._world.bot.name
        return [
            Row("", f"{name} · {home}", f"/c/{dm.id}?tab=home", 0, here and place.tab == "home", icon="home"),
            Row(
                dm.id,
                f"{name} · {messages}",
                f"/c/{dm.id}",
                unread,
                here and place.tab != "home",
                icon="thread",
            ),
        ]

    def _dm_rows(self, pen: Pen, place: Place) -> list[Row]:
        unread = self._world.messages.unread(pen.person.id)
        rows = []
        for channel in self._world.roster.channels_of(pen.person.id):
            other = self._other(channel, pen)
            if other is None or other.is_bot:
                continue
            is_current = channel.id == place.channel.id
            href = f"/c/{channel.id}"
            rows.append(Row(channel.id, other.name, href, unread.get(channel.id, 0), is_current, face=other))
        return rows

    def _pickers(self, pen: Pen) -> dict[str, Any]:
        """What the composer and the menus offer: people, channels, commands, shortcuts, emoji."""
        people = [pen.face(person.id) for person in self._world.roster.people(with_bot=True)]
        roster = self._world.roster
        visible = [c for c in roster.channels() if not c.is_dm and not c.archived]
        return {
            "people": [{"id": face.id, "name": face.name, "note": face.roles} for face in people],
            "channels": [
                {"id": c.id, "name": c.name, "note": c.topic, "member": c.has(pen.person.id)}
                for c in visible
                if roster.may_see(pen.person.id, c)
            ],
            "commands": [
                {
                    "name": one["command"],
                    "usage": one.get("usage_hint", ""),
                    "note": one.get("description", ""),
                }
                for one in self._features.get("slash_commands") or []
            ],
            "shortcuts": [
                {"name": one["name"], "type": one["type"], "note": one.get("description", "")}
                for one in self._features.get("shortcuts") or []
            ],
            "emoji": [[name, EMOJI[name]] for name in PICKER],
        }
