"""Sentences of the page that no template holds: those of its script, and the list of differences."""

from collections.abc import Mapping, Sequence
from gettext import NullTranslations

from bot.workspace.faces import N_

_SCRIPT: Mapping[str, str] = {
    "no": N_("Cancel"),
    "ok": N_("OK"),
    "sure": N_("Are you sure?"),
    "failed": N_("That did not work"),
    "offline": N_("Connection lost. Trying again…"),
    "online": N_("Connected again"),
    "too_many_tabs": N_("Browsers allow about six live tabs. Close one, or this page will stop updating."),
    "required": N_("Please fill in this field"),
    "reset_title": N_("Reset the trial?"),
    "reset_text": N_("All messages of this trial go, and the bot's database goes back to its seed."),
    "reset_yes": N_("Reset"),
    "reset_done": N_("Everything is back to the start"),
    "delete_title": N_("Delete this message?"),
    "delete_yes": N_("Delete"),
    "edit": N_("Edit message"),
    "delete": N_("Delete message"),
    "leave": N_("Leave this channel"),
    "create": N_("Create a channel"),
    "create_private": N_("Create a private channel"),
    "archive": N_("Archive this channel"),
    "invite": N_("Invite someone…"),
    "members": N_("Members of this channel"),
    "channel_name": N_("Find a channel, or name a new one"),
    "clock_done": N_("Now it is {now}; {fired} things fell due on the way"),
    "clock_waiting": N_("Still at work: {waiting}"),
    "walking": N_("Walking there…"),
    "fault_armed": N_("Armed"),
    "redelivered": N_("Delivered again"),
    "nothing": N_("Nothing here"),
    "page_of": N_("{at} of {all}"),
    "uploading": N_("Uploading…"),
    "new_tab": N_("Open a tab as…"),
    "step_done": N_("Step done"),
    "only_you": N_("Only visible to you"),
    "no_shortcuts": N_("The app offers no shortcuts here"),
}

_ERRORS: Mapping[str, str] = {
    "operation_timeout": N_("The app did not answer within 3 seconds"),
    "slash_in_thread": N_("Slack takes no slash commands inside a thread. Type it in the channel."),
    "unknown_command": N_("There is no such command here. Type / to see those that there are."),
    "not_found": N_("That is not here any more. Reload the page to see what is."),
    "not_in_channel": N_("You are not a member of this channel."),
    "is_archived": N_("This channel is archived."),
    "restricted_action": N_("Guests may not do that."),
    "name_taken": N_("There is a channel of that name already."),
    "bad_name": N_("A channel's name has at most 80 characters, without spaces and without # @ < > | ,"),
    "backwards": N_("The clock only goes forward."),
    "no_seed_mark": N_("This database was not made by the trial, so it is not cleared."),
    "msg_too_long": N_("That message is too long."),
    "cant_edit_message": N_("People edit only their own messages."),
    "cant_delete_message": N_("People delete only their own messages; an admin may delete any."),
}

_DIFFERENCES: Sequence[str] = (
    N_("Nothing here reaches the internet: no link previews, no pictures from other sites, no e-mail, no push."),
    N_("The clock is simulated and can be moved. Openers and acknowledgments still count real seconds."),
    N_("You choose who you are. In Slack, signing in decides that."),
    N_("Rate limits are off unless a test asks for them; Slack allows about one message a second per channel."),
    N_("An event that the bot did not acknowledge comes again within seconds; Slack waits up to five minutes."),
    N_("Bold glued to Chinese characters shows its asterisks, here as there."),
    N_("Date and time fields follow the language of your browser."),
    N_("Blocks that the bot does not use are shown as a grey line with their type."),
    N_("There is no search, no calls, no canvases, no lists, no workflows and no workspace settings."),
    N_("Private messages that only you see go when you reload the page, as in Slack."),
    N_("This page draws Slack only; Feishu has no trial page."),
)


def script_strings(translations: NullTranslations) -> dict[str, str]:
    """The script's sentences by key; `{name}` marks what the script fills in."""
    return {key: translations.gettext(message) for key, message in _SCRIPT.items()}


def error_strings(translations: NullTranslations) -> dict[str, str]:
    """What the page says for the error codes of the driver's calls."""
    return {code: translations.gettext(message) for code, message in _ERRORS.items()}


def differences(translations: NullTranslations) -> list[str]:
    """What differs from real Slack, one sentence each."""
    return [translations.gettext(message) for message in _DIFFERENCES]
