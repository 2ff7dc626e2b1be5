"""What an operator does about a platform's error code."""

from __future__ import annotations

ADVICE = {
    "not_in_channel": "Invite the bot into the channel: /invite @Callsheet.",
    "channel_not_found": "The channel is gone or private: invite the bot there, or ask for the card elsewhere.",
    "is_archived": "The channel was archived: ask for the card in another one.",
    "invalid_auth": "The token is not valid (any more): install the app again and set SLACK_BOT_TOKEN.",
    "not_authed": "The token is missing: set SLACK_BOT_TOKEN.",
    "token_revoked": "The token was revoked: install the app again and set SLACK_BOT_TOKEN.",
    "account_inactive": "The app was removed from the workspace: install it again.",
    "missing_scope": "A permission is missing: paste the manifest of `callsheet manifest` and install the app again.",
    "not_allowed_token_type": "That is a token of another kind: the app-level token begins with xapp-.",
    "connect_failed": "Slack cannot be reached: check the network, the proxy and SLACK_BASE_URL.",
    "timeout": "Slack did not answer in time: check the network and try again.",
}
OTHERWISE = "The log has the details."


def advice_for(error: str) -> str:
    return next((says for code, says in ADVICE.items() if code in error), OTHERWISE)
