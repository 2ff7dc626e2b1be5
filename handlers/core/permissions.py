"""The one table of permissions: permission key -> who may, as data."""

from __future__ import annotations

from collections.abc import Mapping

from pydantic import BaseModel, ConfigDict, Field, field_validator

from handlers.core.context import Actor, Context, team_day
from handlers.core.datafiles import read_data
from handlers.core.errors import Refusal
from handlers.core.roles import ROLES, Posts, load_posts, role_name
from handlers.core.voices import N_, Voice

ANYONE, MEMBER, ADMIN = "anyone", "member", "admin"

OPEN_TO = {ANYONE: N_("anyone"), MEMBER: N_("a member of the team"), ADMIN: N_("an admin")}
RELATIONS = {
    "self": N_("whoever did it"),
    "owner": N_("its owner"),
    "line_manager": N_("the line manager"),
    "controller": N_("whoever is in control of the show"),
}


class Rule(BaseModel):
    """Who may, by any one of `grants`. A rule that is `reading` changes nothing, so guests may be let in.

    `open_while_vacant`: every member may for as long as nobody holds any of the roles granted, so that a team can
    begin before anybody has been seated.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    grants: tuple[str, ...] = Field(min_length=1)
    reading: bool = False
    open_while_vacant: bool = False

    @field_validator("grants")
    @classmethod
    def known(cls, grants: tuple[str, ...]) -> tuple[str, ...]:
        for grant in grants:
            if grant not in ROLES and grant not in OPEN_TO and grant not in RELATIONS:
                raise ValueError(f"{grant!r} is neither a role, a relation, nor anyone, member, admin")
        return grants

    @property
    def roles(self) -> frozenset[str]:
        return frozenset(grant for grant in self.grants if grant in ROLES)

    @property
    def asks_relation(self) -> bool:
        return any(grant in RELATIONS for grant in self.grants)


class Permissions(BaseModel):
    """The whole table."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    rules: Mapping[str, Rule]


def load_permissions() -> Permissions:
    """The table that ships with the product; DataError names file and line of a fault."""
    return read_data("handlers.core", "permissions.json", Permissions)


def may(rule: Rule, actor: Actor, relations: frozenset[str] = frozenset()) -> bool:
    """Whether the actor may, given their `relations` to the thing concerned. Guests only read."""
    if actor.is_guest and not rule.reading:
        return False
    held = {ANYONE} | actor.roles | relations
    if not actor.is_guest:
        held.add(MEMBER)
    if actor.is_admin:
        held.add(ADMIN)
    return not held.isdisjoint(rule.grants)


def may_in(context: Context, rule: Rule, relations: frozenset[str] = frozenset()) -> bool:
    """Whether the actor may, as the team is seated today. The one question that the router asks before it runs
    anything, and that features ask before they offer it."""
    if may(rule, context.actor, relations):
        return True
    return rule.open_while_vacant and not context.actor.is_guest and is_vacant(context, rule)


def might_in(context: Context, rule: Rule) -> bool:
    """As `may_in`, taking every relation for granted: whether it is worth drawing a button."""
    return may_in(context, rule, frozenset(RELATIONS))


def is_vacant(context: Context, rule: Rule) -> bool:
    """Whether nobody holds any of the roles that the rule grants."""
    seats = context.store.roles.seats_on(team_day(context.workspace, context.now))
    return not any(role in rule.roles for role, _ in seats)


def refusal_in(context: Context, rule: Rule) -> Refusal:
    """The answer to an actor who may not, with the names of today."""
    posts = load_posts(context.store, team_day(context.workspace, context.now))
    admins = context.store.memberships.list_admins() if ADMIN in rule.grants else []
    names = tuple(posts.name_of(admin.person_id) for admin in admins)
    return refusal(rule, context.actor, context.private, posts, names)


def refusal(rule: Rule, actor: Actor, voice: Voice, posts: Posts, admins: tuple[str, ...] = ()) -> Refusal:
    """The answer to somebody who may not: who may, by name where a role is held; `admins` are names too."""
    if actor.is_guest:
        return Refusal(
            voice.say("Guests can look at everything here, but change nothing. Somebody of the team can do it for you.")
        )
    who = either(voice, tuple(grant_words(grant, voice, posts, admins) for grant in rule.grants))
    return Refusal(voice.say("Only {who} may do that.", who=who))


def grant_words(grant: str, voice: Voice, posts: Posts, admins: tuple[str, ...] = ()) -> str:
    if grant == ADMIN and admins:
        return voice.say("an admin ({names})", names=voice.say(", ").join(admins))
    if grant not in ROLES:
        return voice.say(RELATIONS.get(grant) or OPEN_TO[grant])
    names = posts.names_of(grant)
    if not names:
        return voice.say("the {role}", role=role_name(voice, grant))
    return voice.say("the {role} ({names})", role=role_name(voice, grant), names=voice.say(", ").join(names))


def either(voice: Voice, names: tuple[str, ...]) -> str:
    """a, b or c"""
    if len(names) == 1:
        return names[0]
    return voice.say("{most} or {last}", most=voice.say(", ").join(names[:-1]), last=names[-1])
