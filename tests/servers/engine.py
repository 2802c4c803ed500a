"""A container engine on a unix socket that tells what the test says.

The answers have the shape of Docker's ContainerInspect (API 1.43), cut down to what
the probe reads and some of what stands around it.
"""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any


@dataclass(slots=True)
class Engine:
    """`containers` by name; `raw` is said instead of any answer where it is set."""

    socket: str
    containers: dict[str, dict[str, Any]] = field(default_factory=dict)
    raw: bytes = b""
    requests: list[str] = field(default_factory=list)
    connections: int = 0

    def answer(self, request: str) -> bytes:
        self.requests.append(request)
        name = request.split()[1].removeprefix("/containers/").removesuffix("/json")
        if self.raw:
            return self.raw
        if name in self.containers:
            return http(200, self.containers[name])
        return http(404, {"message": f"No such container: {name}"})


def http(status: int, body: object) -> bytes:
    data = json.dumps(body).encode()
    head = f"HTTP/1.1 {status} X\r\nApi-Version: 1.43\r\nContent-Length: {len(data)}"
    return head.encode() + b"\r\n\r\n" + data


def container(status: str, *, restarts: int = 0, **state: Any) -> dict[str, Any]:
    """Return a container's description; `state` is put over that of a fresh one."""
    quiet = {"OOMKilled": False, "ExitCode": 0, "Error": "", "Pid": 4242}
    return {
        "Id": "ba033ac4401106a3b513bc9d639eee123ad78ca3616b921167cd74b20e25ed39",
        "State": {"Status": status, **quiet, **state},
        "Name": "/web",
        "RestartCount": restarts,
        "Driver": "overlay2",
    }


def health(status: str, *outputs: str, streak: int = 0) -> dict[str, Any]:
    log = [{"ExitCode": 1, "Output": output} for output in outputs]
    return {"Status": status, "FailingStreak": streak, "Log": log}


@asynccontextmanager
async def engine(folder: Path) -> AsyncIterator[Engine]:
    """Serve on a socket in `folder` for the time of a block."""
    told, tasks = Engine(str(folder / "engine.sock")), set[asyncio.Task[None]]()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        tasks.add(task) if (task := asyncio.current_task()) else None
        told.connections += 1
        try:
            while True:
                request = await reader.readuntil(b"\r\n\r\n")
                writer.write(told.answer(request.decode()))
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.transport.abort()

    server = await asyncio.start_unix_server(serve, told.socket)
    try:
        yield told
    finally:
        server.close()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
