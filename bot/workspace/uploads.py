"""File bytes: an address to send them to, then the file itself."""

from __future__ import annotations

import mimetypes
import secrets
from dataclasses import dataclass
from urllib.parse import quote

from aiohttp import web

from bot.workspace.records import SharedFile
from bot.workspace.world import World

LARGEST = 64 * 1024 * 1024
SHOWN_INLINE = ("image/png", "image/jpeg", "image/gif", "image/webp")


@dataclass(slots=True)
class _Expected:
    name: str
    title: str
    length: int
    content: bytes | None = None


class Uploads:
    def __init__(self, world: World) -> None:
        self._world = world
        self._expected: dict[str, _Expected] = {}
        self._secrets: dict[str, str] = {}
        self.base_url = ""

    def expect(self, name: str, length: int) -> tuple[str, str]:
        """An address for the bytes of one file, and the file's id."""
        file_id = "F0" + secrets.token_hex(5).upper()
        self._expected[file_id] = _Expected(name, name, length)
        self._secrets[file_id] = secrets.token_urlsafe(16)
        return f"{self.base_url}/upload/{file_id}?s={self._secrets[file_id]}", file_id

    async def receive(self, request: web.Request) -> web.Response:
        """POST /upload/{file_id}: the raw bytes, or one multipart field."""
        file_id = request.match_info["file_id"]
        expected = self._expected.get(file_id)
        if expected is None or request.query.get("s") != self._secrets.get(file_id):
            return web.Response(status=404, text="unknown upload")
        if request.content_type.startswith("multipart/"):
            fields = await request.post()
            found = next((part for part in fields.values() if isinstance(part, web.FileField)), None)
            expected.content = found.file.read() if found else b""
        else:
            expected.content = await request.read()
        return web.Response(text=f"OK - {len(expected.content)}")

    def complete(self, file_id: str, title: str, user: str) -> SharedFile | None:
        """The file made of what was received; None when nothing was."""
        expected = self._expected.pop(file_id, None)
        self._secrets.pop(file_id, None)
        if expected is None or expected.content is None:
            return None
        return self._store(file_id, expected.name, title or expected.name, user, expected.content)

    def keep(self, name: str, user: str, content: bytes) -> SharedFile:
        """A file that a person brings."""
        return self._store("F0" + secrets.token_hex(5).upper(), name, name, user, content)

    def _store(self, file_id: str, name: str, title: str, user: str, content: bytes) -> SharedFile:
        mimetype = mimetypes.guess_type(name)[0] or "application/octet-stream"
        created = int(self._world.clock.now().timestamp())
        file = SharedFile(file_id, name, title, mimetype, len(content), user, created)
        self._world.messages.keep_file(file, content)
        return file

    async def serve(self, request: web.Request) -> web.Response:
        """GET /files/{file_id}"""
        file = self._world.messages.file(request.match_info["file_id"])
        content = self._world.messages.file_content(request.match_info["file_id"])
        if file is None or content is None:
            return web.Response(status=404, text="no such file")
        inline = file.mimetype in SHOWN_INLINE and "download" not in request.query
        kind = "inline" if inline else "attachment"
        headers = {
            "Content-Disposition": f"{kind}; filename*=UTF-8''{quote(file.name)}",
            "X-Content-Type-Options": "nosniff",
            "Content-Type": file.mimetype if inline else "application/octet-stream",
        }
        return web.Response(body=content, headers=headers)
