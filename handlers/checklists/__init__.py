"""Checklists: a template on the show's clock, ticked by people, shown as one living card."""

from handlers.checklists.commands import (
    CARD,
    card_changes_at,
    checklist,
    draw_card,
    draw_choose,
    draw_view,
    hang_on_show,
    menu_buttons,
    menu_line,
    my_items,
    press_tick,
    press_untick,
    submit_choose,
    untick_relations,
)
from handlers.core.feature import Action, Feature, FormKind, HomePart, LiveKind, MenuPart, Noun, Verb
from handlers.core.voices import N_

FEATURE = Feature(
    key="checklists",
    nouns=(
        Noun(
            "checklist",
            ("清单", "检查", "checklists"),
            N_("The show's checklist: who owns what, what is late, may we go live"),
            (Verb("", checklist, N_("Tonight's checklist, or that of another show"), usage=N_("[show]")),),
        ),
    ),
    actions=(Action("checklists.tick", press_tick), Action("checklists.untick", press_untick)),
    forms=(
        FormKind("checklists.view", draw_view, needs="checklist"),
        FormKind("checklists.choose", draw_choose, submit_choose, needs="checklist"),
    ),
    cards=(LiveKind(CARD, draw_card, card_changes_at),),
    home=(HomePart(10, my_items),),
    menu=(MenuPart(20, menu_line, menu_buttons),),
    relations={"checklists.untick": untick_relations},
    on={"show.planned": hang_on_show},
)
