"""A stream on the wire, by aiohttp: lines of a long answer, or a WebSocket's messages.

Who stalls is waited for; who goes, or is sent away because we stop, is let go at once.
"""

import asyncio
from collections.abc import AsyncGenerator, Coroutine
from contextlib import suppress
from typing import Any

from aiohttp import WSMsgType, web

from conductor_tui.adapters.api.exchange import SERVER

_HEADERS = {
    "Content-Type": "application/x-ndjson",
    "Cache-Control": "no-store",
    "X-Accel-Buffering": "no",  # nginx would keep it back
    **SERVER,
}
_PING_S, _MOST_SAID = 20.0, 4096


async def stream_out(
    request: web.BaseRequest,
    objects: AsyncGenerator[bytes, None],
    ends: tuple[asyncio.Event, ...],
) -> web.StreamResponse:
    """Send the objects until one of the `ends` is set, or nobody reads any more."""
    upgrade = request.headers.get("Upgrade", "").lower() == "websocket"
    response = _websocket() if upgrade else web.StreamResponse(headers=_HEADERS)
    await response.prepare(request)
    if isinstance(response, web.WebSocketResponse):
        works = [_say(response, objects), _hear(response)]
    else:
        works = [_write(response, objects)]
    await _first_of(*works, *(end.wait() for end in ends))
    if isinstance(response, web.WebSocketResponse):
        with suppress(OSError, RuntimeError):
            await response.close()
    return response


def _websocket() -> web.WebSocketResponse:
    return web.WebSocketResponse(
        heartbeat=_PING_S, compress=False, max_msg_size=_MOST_SAID
    )


async def _write(
    response: web.StreamResponse, objects: AsyncGenerator[bytes, None]
) -> None:
    async for one in objects:
        await response.write(one + b"\n")


async def _say(
    socket: web.WebSocketResponse, objects: AsyncGenerator[bytes, None]
) -> None:
    async for one in objects:
        await socket.send_str(one.decode())


async def _hear(socket: web.WebSocketResponse) -> None:
    """Nothing that is said means anything; but a farewell does."""
    while (await socket.receive()).type in (WSMsgType.TEXT, WSMsgType.BINARY):
        pass


async def _first_of(*works: Coroutine[Any, Any, object]) -> None:
    tasks = [asyncio.ensure_future(work) for work in works]
    try:
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in tasks:
            task.cancel()
        for task in tasks:
            with suppress(OSError, RuntimeError, asyncio.CancelledError):
                await task
