"""Socket Mode: tickets, connections, envelopes, acknowledgments, redelivery."""

from __future__ import annotations

import asyncio
import json
import random
import secrets
import time
from collections import deque
from dataclasses import dataclass
from typing import Any

from aiohttp import WSMsgType, web

from bot.workspace.faults import ACK, Faults
from bot.workspace.history import History
from bot.workspace.records import Json
from bot.workspace.wire import Entry, WireLog

ACK_S = 3.0
RETRY_S = (1.0, 3.0, 10.0)
CONNECTIONS = 10
FORGOTTEN = 2000
LARGEST_FRAME = 8 * 1024 * 1024
CLOSE_S = 1.0


@dataclass(frozen=True, slots=True)
class Answer:
    """The app's acknowledgment of a command or an interaction; `payload` is what it answered with."""

    ms: float
    payload: Json | None


@dataclass(eq=False, slots=True)
class _Event:
    number: int
    event_id: str
    payload: Json
    sent: int = 0
    repeat: bool = False
    reason: str = "timeout"
    timer: asyncio.TimerHandle | None = None
    entry: Entry | None = None


@dataclass(slots=True)
class _Sent:
    """An envelope on its way: an event, or a request whose answer somebody awaits."""

    at: float
    entry: Entry
    event: _Event | None = None
    answer: asyncio.Future[Answer] | None = None


@dataclass(eq=False, slots=True)
class _Connection:
    socket: web.WebSocketResponse
    transport: asyncio.Transport | None


class Sockets:
    """`retry_s`: how long an event may stay unacknowledged before it is sent again, once per retry."""

    def __init__(
        self,
        history: History,
        wire: WireLog,
        faults: Faults,
        app_id: str,
        *,
        retry_s: tuple[float, ...] = RETRY_S,
        ack_s: float = ACK_S,
    ) -> None:
        self._history = history
        self._wire = wire
        self._faults = faults
        self._app_id = app_id
        self._retry_s = retry_s
        self._ack_s = ack_s
        self._tickets: set[str] = set()
        self._connections: list[_Connection] = []
        self._connected = asyncio.Event()
        self._open: dict[int, _Event] = {}
        self._ready: deque[_Event] = deque()
        self._wake = asyncio.Event()
        self._sent: dict[str, _Sent] = {}
        self._repeats: list[_Event] = []
        self._requests = 0
        self._pump: asyncio.Task[None] | None = None

    # life

    def start(self) -> None:
        """Take up what an earlier process left undelivered."""
        for number, event_id, payload, attempts in self._history.open_events():
            self._queue(_Event(number, event_id, payload, min(attempts, len(self._retry_s))))
        self._pump = asyncio.create_task(self._deliver(), name="workspace-events")

    async def close(self) -> None:
        for event in self._open.values():
            self._cancel(event)
        if self._pump:
            self._pump.cancel()
            await asyncio.gather(self._pump, return_exceptions=True)
        await asyncio.gather(*(connection.socket.close() for connection in self._connections))

    def forget(self) -> None:
        """Drop everything on its way (a reset)."""
        for event in self._open.values():
            self._cancel(event)
        self._open.clear()
        self._ready.clear()
        self._repeats.clear()

    # connections

    def ticket(self) -> str:
        ticket = secrets.token_urlsafe(16)
        self._tickets.add(ticket)
        return ticket

    @property
    def connections(self) -> int:
        return len(self._connections)

    async def serve(self, request: web.Request) -> web.StreamResponse:
        """GET /socket?ticket=…"""
        ticket = request.query.get("ticket", "")
        if ticket not in self._tickets:
            raise web.HTTPUnauthorized(text="unknown or used ticket")
        self._tickets.discard(ticket)
        socket = web.WebSocketResponse(max_msg_size=LARGEST_FRAME, timeout=CLOSE_S)
        await socket.prepare(request)
        if len(self._connections) >= CONNECTIONS:
            await socket.send_json({"type": "disconnect", "reason": "too_many_websockets"})
            await socket.close()
            return socket
        connection = _Connection(socket, request.transport)
        await self._greet(connection)
        try:
            await self._listen(connection)
        finally:
            self._connections.remove(connection)
            if not self._connections:
                self._connected.clear()
            self._wire.add("out", "socket", f"closed, {len(self._connections)} left")
        return socket

    async def _greet(self, connection: _Connection) -> None:
        hello = {
            "type": "hello",
            "num_connections": len(self._connections) + 1,
            "connection_info": {"app_id": self._app_id},
            "debug_info": {
                "host": "workspace-local",
                "build_number": 1,
                "approximate_connection_time": 18060,
            },
        }
        await connection.socket.send_json(hello)
        self._connections.append(connection)
        self._wire.add("out", "hello", f"connection {len(self._connections)}", body=hello)
        self._connected.set()
        self._wake.set()

    async def _listen(self, connection: _Connection) -> None:
        async for message in connection.socket:
            if message.type != WSMsgType.TEXT:
                continue
            try:
                frame = json.loads(message.data)
            except ValueError:
                self._wire.add("in", "frame", "not JSON", ok=False)
                continue
            if isinstance(frame, dict) and "envelope_id" in frame:
                self._acknowledge(frame)

    async def disconnect(self, reason: str = "refresh_requested", *, abort: bool = False) -> int:
        """Ask every connection to come again, or cut it (`abort`); returns how many there were."""
        connections = list(self._connections)
        for connection in connections:
            if abort:
                if connection.transport:
                    connection.transport.abort()
            else:
                frame = {"type": "disconnect", "reason": reason, "debug_info": {"host": "workspace-local"}}
                await connection.socket.send_json(frame)
        return len(connections)

    # acknowledgments

    def _acknowledge(self, frame: Json) -> None:
        sent = self._sent.pop(str(frame["envelope_id"]), None)
        if sent is None:
            self._wire.add("in", "ack", "for an envelope that nobody awaits", ok=False, body=frame)
            return
        if self._faults.take(ACK):
            self._wire.answered(sent.entry, 0, ok=False, note="ack lost on order")
            return
        ms = (time.monotonic() - sent.at) * 1000
        self._wire.answered(sent.entry, ms)
        if sent.event:
            self._finish(sent.event)
        elif sent.answer and not sent.answer.done():
            payload = frame.get("payload")
            sent.answer.set_result(Answer(ms, {"text": payload} if isinstance(payload, str) else payload))

    def _finish(self, event: _Event) -> None:
        self._cancel(event)
        if event.repeat:
            self._repeats = [one for one in self._repeats if one is not event]
        elif self._open.pop(event.number, None):
            self._history.mark_event(event.number, is_open=False)

    def _cancel(self, event: _Event) -> None:
        if event.timer:
            event.timer.cancel()
            event.timer = None

    # events

    def enqueue(self, number: int, event_id: str, payload: Json) -> None:
        self._queue(_Event(number, event_id, payload))

    def _queue(self, event: _Event) -> None:
        self._open[event.number] = event
        self._ready.append(event)
        self._wake.set()

    def redeliver(self, event_id: str, payload: Json, times: int) -> None:
        """Send a delivered event again, as retries 1, 2, … do; only once each, acknowledged or not."""
        for attempt in range(1, times + 1):
            repeat = _Event(0, event_id, payload, attempt, repeat=True)
            self._repeats.append(repeat)
            self._ready.append(repeat)
        self._wake.set()

    async def _deliver(self) -> None:
        while True:
            await self._wake.wait()
            self._wake.clear()
            while self._ready and self._connections:
                event = self._ready.popleft()
                if event.repeat or event.number in self._open:
                    await self._send_event(event)

    async def _send_event(self, event: _Event) -> None:
        attempt = event.sent
        event.sent += 1
        extra: Json = {"retry_attempt": attempt, "retry_reason": event.reason} if attempt else {}
        if attempt and not event.repeat:
            self._history.mark_event(event.number, attempts=event.sent)
        kind = event.payload["event"]["type"]
        summary = f"{kind} {event.event_id}" + (f" retry {attempt}" if attempt else "")
        sent = await self._send("events_api", event.payload, summary, event=event, **extra)
        if sent is None:
            event.sent = attempt
            self._ready.appendleft(event)
            return
        event.entry = sent.entry
        if event in self._repeats or event.number in self._open:
            self._arm(event)

    def _arm(self, event: _Event) -> None:
        wait_s = self._retry_s[min(event.sent, len(self._retry_s)) - 1]
        event.timer = asyncio.get_running_loop().call_later(wait_s, self._overdue, event)

    def _overdue(self, event: _Event) -> None:
        event.timer = None
        if event.entry:
            waited_s = self._retry_s[min(event.sent, len(self._retry_s)) - 1]
            self._wire.answered(event.entry, waited_s * 1000, ok=False, note="not acknowledged")
        if event.repeat or event.number not in self._open:
            self._finish(event)
            return
        if event.sent > len(self._retry_s):
            self._wire.add("out", "events_api", f"given up: {event.event_id}", ok=False)
            self._open.pop(event.number, None)
            self._history.mark_event(event.number, is_open=False)
            return
        self._ready.append(event)
        self._wake.set()

    # requests

    async def request(self, kind: str, payload: Json, summary: str) -> Answer | None:
        """Send a command or an interaction and await its acknowledgment; None when three seconds pass without."""
        started = time.monotonic()
        answer: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
        self._requests += 1
        try:
            async with asyncio.timeout(self._ack_s):
                sent = None
                while sent is None:
                    await self._connected.wait()
                    sent = await self._send(kind, payload, summary, answer=answer)
                return await answer
        except TimeoutError:
            ms = (time.monotonic() - started) * 1000
            self._wire.add("out", kind, f"operation_timeout: {summary}", ms=ms, ok=False)
            return None
        finally:
            self._requests -= 1

    async def _send(
        self,
        kind: str,
        payload: Json,
        summary: str,
        *,
        event: _Event | None = None,
        answer: asyncio.Future[Answer] | None = None,
        **extra: Any,
    ) -> _Sent | None:
        """None when the connection broke under the frame."""
        if not self._connections:
            return None
        connection = random.choice(self._connections)  # Slack picks one at random too
        envelope_id = secrets.token_hex(16)
        entry = self._wire.add("out", kind, summary, body=payload)
        sent = _Sent(time.monotonic(), entry, event, answer)
        self._remember(envelope_id, sent)
        frame = {
            "envelope_id": envelope_id,
            "type": kind,
            "payload": payload,
            "accepts_response_payload": answer is not None,
            **extra,
        }
        try:
            await connection.socket.send_str(json.dumps(frame, ensure_ascii=False))
        except (ConnectionError, RuntimeError):
            del self._sent[envelope_id]
            self._wire.answered(entry, 0, ok=False, note="connection broke")
            await asyncio.sleep(0)
            return None
        return sent

    def _remember(self, envelope_id: str, sent: _Sent) -> None:
        self._sent[envelope_id] = sent
        while len(self._sent) > FORGOTTEN:
            del self._sent[next(iter(self._sent))]

    # rest

    def waiting(self) -> list[str]:
        """Why the wire is not at rest."""
        reasons = [f"event {e.payload['event']['type']} {e.event_id} not acknowledged" for e in self._open.values()]
        if self._requests:
            reasons.append(f"{self._requests} commands or interactions not acknowledged")
        if self._repeats:
            reasons.append(f"{len(self._repeats)} repeated events not acknowledged")
        return reasons
