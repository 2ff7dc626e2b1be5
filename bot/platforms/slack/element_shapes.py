"""Buttons, selects, pickers and inputs as data: their fields, and where each of them may stand."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from bot.platforms.slack import limits
from bot.platforms.slack.rules import (
    Check,
    Fault,
    any_text,
    anything,
    choice,
    flag,
    listing,
    number,
    one_of,
    plain,
    shape,
    string,
)

CONFIRM = shape(
    {
        "title": plain(limits.CONFIRM_TITLE),
        "text": any_text(limits.CONFIRM_TEXT),
        "confirm": plain(limits.CONFIRM_BUTTON),
        "deny": plain(limits.CONFIRM_BUTTON),
    },
    {"style": choice("primary", "danger")},
)

OPTION = shape(
    {"text": plain(limits.OPTION_TEXT), "value": string(limits.OPTION_VALUE)},
    {"description": plain(limits.OPTION_DESCRIPTION), "url": string(limits.URL)},
)
CHECK_OPTION = shape(
    {"text": any_text(limits.OPTION_TEXT), "value": string(limits.OPTION_VALUE)},
    {"description": any_text(limits.OPTION_DESCRIPTION)},
)
GROUP = shape({"label": plain(limits.OPTION_TEXT), "options": listing(OPTION, limits.SELECT_OPTIONS)})

ACTION: Mapping[str, Check] = {"action_id": string(limits.ACTION_ID)}
ASKS: Mapping[str, Check] = {**ACTION, "confirm": CONFIRM, "focus_on_load": flag}
PICKS: Mapping[str, Check] = {**ASKS, "placeholder": plain(limits.PLACEHOLDER)}
MANY: Mapping[str, Check] = {**PICKS, "max_selected_items": number(1)}
IDS = listing(string(255), 100)
DISPATCH = shape({}, {"trigger_actions_on": listing(choice("on_enter_pressed", "on_character_entered"), 2)})
TYPED: Mapping[str, Check] = {
    **ACTION,
    "placeholder": plain(limits.PLACEHOLDER),
    "focus_on_load": flag,
    "dispatch_action_config": DISPATCH,
}
OPTIONS: Mapping[str, Check] = {
    "options": listing(OPTION, limits.SELECT_OPTIONS),
    "option_groups": listing(GROUP, limits.SELECT_GROUPS),
}
WITH_OPTIONS = one_of("options", "option_groups")


def picked_options(value: Any, at: str) -> Iterator[Fault]:
    """Options or groups of them, and an initial option that is one of these, letter for letter."""
    yield from WITH_OPTIONS(value, at)
    options, initial = value.get("options"), value.get("initial_option")
    if initial is not None and isinstance(options, list) and initial not in options:
        yield Fault("initial_unknown", f"{at}/initial_option", "the initial option is none of the options")


CHECKS = {
    **ASKS,
    "initial_options": listing(CHECK_OPTION, limits.CHECK_OPTIONS),
}

ELEMENTS: dict[str, Check] = {
    "button": shape(
        {"text": plain(limits.BUTTON_TEXT)},
        {
            **ACTION,
            "value": string(limits.BUTTON_VALUE),
            "url": string(limits.URL),
            "style": choice("primary", "danger"),
            "confirm": CONFIRM,
            "accessibility_label": string(limits.BUTTON_SPOKEN),
        },
    ),
    "static_select": shape({}, {**PICKS, **OPTIONS, "initial_option": OPTION}, picked_options),
    "external_select": shape({}, {**PICKS, "initial_option": OPTION, "min_query_length": number(0)}),
    "users_select": shape({}, {**PICKS, "initial_user": string(255)}),
    "conversations_select": shape(
        {},
        {
            **PICKS,
            "initial_conversation": string(255),
            "default_to_current_conversation": flag,
            "filter": anything,
            "response_url_enabled": flag,
        },
    ),
    "channels_select": shape({}, {**PICKS, "initial_channel": string(255), "response_url_enabled": flag}),
    "multi_static_select": shape(
        {}, {**MANY, **OPTIONS, "initial_options": listing(OPTION, limits.SELECT_OPTIONS)}, WITH_OPTIONS
    ),
    "multi_external_select": shape(
        {},
        {**MANY, "initial_options": listing(OPTION, limits.SELECT_OPTIONS), "min_query_length": number(0)},
    ),
    "multi_users_select": shape({}, {**MANY, "initial_users": IDS}),
    "multi_conversations_select": shape({}, {**MANY, "initial_conversations": IDS, "filter": anything}),
    "multi_channels_select": shape({}, {**MANY, "initial_channels": IDS}),
    "overflow": shape({"options": listing(OPTION, limits.OVERFLOW_OPTIONS)}, {**ACTION, "confirm": CONFIRM}),
    "datepicker": shape({}, {**PICKS, "initial_date": string(10, 10)}),
    "timepicker": shape({}, {**PICKS, "initial_time": string(5, 5), "timezone": string(255)}),
    "datetimepicker": shape({}, {**ASKS, "initial_date_time": number(0)}),
    "checkboxes": shape({"options": listing(CHECK_OPTION, limits.CHECK_OPTIONS)}, CHECKS),
    "radio_buttons": shape(
        {"options": listing(CHECK_OPTION, limits.CHECK_OPTIONS)}, {**ASKS, "initial_option": CHECK_OPTION}
    ),
    "plain_text_input": shape(
        {},
        {
            **TYPED,
            "initial_value": string(limits.TEXT_INPUT),
            "multiline": flag,
            "min_length": number(0, limits.TEXT_INPUT),
            "max_length": number(1, limits.TEXT_INPUT),
        },
    ),
    "number_input": shape(
        {"is_decimal_allowed": flag},
        {**TYPED, "initial_value": string(255), "min_value": string(255), "max_value": string(255)},
    ),
    "email_text_input": shape({}, {**TYPED, "initial_value": string(limits.TEXT_INPUT)}),
    "url_text_input": shape({}, {**TYPED, "initial_value": string(limits.TEXT_INPUT)}),
    "rich_text_input": shape({}, {**TYPED, "initial_value": anything}),
    "file_input": shape(
        {}, {**ACTION, "filetypes": listing(string(50), 100), "max_files": number(1, limits.FILES_AT_ONCE)}
    ),
    "image": shape(
        {"alt_text": string(limits.IMAGE_ALT)},
        {"image_url": string(limits.URL), "slack_file": anything},
        one_of("image_url", "slack_file"),
    ),
    "workflow_button": shape(
        {"text": plain(limits.BUTTON_TEXT), "workflow": anything},
        {**ACTION, "style": choice("primary", "danger"), "accessibility_label": string(limits.BUTTON_SPOKEN)},
    ),
    "feedback_buttons": shape({"positive_button": anything, "negative_button": anything}, ACTION),
    "icon_button": shape(
        {"icon": string(50), "text": plain(limits.BUTTON_TEXT)},
        {
            **ACTION,
            "value": string(limits.BUTTON_VALUE),
            "confirm": CONFIRM,
            "accessibility_label": string(limits.BUTTON_SPOKEN),
            "visible_to_user_ids": IDS,
        },
    ),
}

SELECTS = frozenset({
    "static_select", "external_select", "users_select", "conversations_select", "channels_select",
})  # fmt: skip
MULTI_SELECTS = frozenset(f"multi_{name}" for name in SELECTS)
PICKERS = frozenset({"datepicker", "timepicker", "checkboxes", "radio_buttons"})
IN_ACTIONS = SELECTS | PICKERS | {"button", "overflow", "datetimepicker", "workflow_button"}
IN_SECTION = SELECTS | MULTI_SELECTS | PICKERS | {"button", "overflow", "image", "workflow_button"}
IN_INPUT = SELECTS | MULTI_SELECTS | PICKERS | {
    "datetimepicker", "plain_text_input", "number_input", "email_text_input", "url_text_input",
    "rich_text_input", "file_input",
}  # fmt: skip
