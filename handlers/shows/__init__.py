"""Shows: the one noun that everything else hangs on."""

from handlers.core.feature import Feature, FormKind, HomePart, MenuPart, Noun, Verb
from handlers.core.voices import N_
from handlers.shows.commands import draw_new, list_shows, menu_buttons, menu_line, next_shows, plan, submit_new

FEATURE = Feature(
    key="shows",
    nouns=(
        Noun(
            "show",
            ("场次", "直播", "shows"),
            N_("Shows: tonight's and the ones ahead"),
            (
                Verb("", list_shows, N_("Today's and coming shows")),
                Verb(
                    "new",
                    plan,
                    N_("Plan a show with its checklist"),
                    usage=N_("[theme]"),
                    aliases=("新建", "新增", "新场次", "plan", "add"),
                ),
            ),
        ),
    ),
    forms=(FormKind("shows.new", draw_new, submit_new, needs="show.new"),),
    home=(HomePart(40, next_shows),),
    menu=(MenuPart(10, menu_line, menu_buttons),),
)
