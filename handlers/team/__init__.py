"""The team: who holds which role."""

from handlers.core.feature import Feature, HomePart, Noun, Verb
from handlers.core.voices import N_
from handlers.team.commands import list_roles, my_roles

FEATURE = Feature(
    key="team",
    nouns=(
        Noun(
            "role",
            ("岗位", "角色", "roles"),
            N_("Roles: who holds what, and what is vacant"),
            (Verb("", list_roles, N_("Who holds which role today")),),
        ),
    ),
    home=(HomePart(30, my_roles),),
)
