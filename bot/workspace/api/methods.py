"""The methods there are, with the scopes that each one needs."""

from __future__ import annotations

from bot.workspace.api import chats, conversations, files, reactions, sessions, users, views
from bot.workspace.api.arguments import Method

ANY_READ = ("channels:read", "groups:read", "im:read", "mpim:read")
ANY_HISTORY = ("channels:history", "groups:history", "im:history", "mpim:history")
WRITE = ("chat:write",)

METHODS: dict[str, Method] = {
    "api.test": Method(sessions.api_test),
    "auth.test": Method(sessions.auth_test),
    "apps.connections.open": Method(sessions.connections_open, app_level=True),
    "team.info": Method(sessions.team_info, ("team:read",), 3),
    "bots.info": Method(sessions.bots_info, ("users:read",), 3),
    "users.info": Method(users.info, ("users:read",), 4),
    "users.list": Method(users.list_users, ("users:read",), 4),
    "users.conversations": Method(users.conversations, ANY_READ, 3),
    "conversations.info": Method(conversations.info, ANY_READ, 3),
    "conversations.list": Method(conversations.list_channels, ANY_READ, 2),
    "conversations.members": Method(conversations.members, ANY_READ, 4),
    "conversations.history": Method(conversations.history, ANY_HISTORY, 3),
    "conversations.replies": Method(conversations.replies, ANY_HISTORY, 3),
    "conversations.open": Method(conversations.open_dm, ("im:write", "mpim:write"), 3),
    "conversations.join": Method(conversations.join, ("channels:join",), 3),
    "chat.postMessage": Method(chats.post_message, WRITE),
    "chat.update": Method(chats.update, WRITE, 3),
    "chat.delete": Method(chats.delete, WRITE, 3),
    "chat.postEphemeral": Method(chats.post_ephemeral, WRITE, 4),
    "chat.getPermalink": Method(chats.get_permalink),
    "views.open": Method(views.open_view, (), 4),
    "views.push": Method(views.push, (), 4),
    "views.update": Method(views.update, (), 4),
    "views.publish": Method(views.publish, (), 4),
    "reactions.add": Method(reactions.add, ("reactions:write",), 3),
    "reactions.remove": Method(reactions.remove, ("reactions:write",), 2),
    "reactions.get": Method(reactions.get, ("reactions:read",), 3),
    "files.getUploadURLExternal": Method(files.get_upload_url, ("files:write",), 2),
    "files.completeUploadExternal": Method(files.complete_upload, ("files:write",), 4),
    "files.info": Method(files.info, ("files:read",), 4),
}
