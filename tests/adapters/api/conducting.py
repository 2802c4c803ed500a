"""A whole engine on a fake clock behind the real routes: asked as a person would."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from conductor_tui.adapters.api.inside import Inside
from conductor_tui.adapters.api.server import HttpWay
from conductor_tui.domain.check import CheckSpec
from conductor_tui.domain.secret import Secret
from conductor_tui.domain.settings import Settings
from conductor_tui.engine.local_session import LocalSession
from conductor_tui.ports import Archive
from tests.adapters.api.visit import Visitor, agent
from tests.build import spec
from tests.engine.stage import Stage, stage

Document = dict[str, Any]
TOKEN = "open-sesame"


class Client:
    """Somebody on the unix socket of a conductor."""

    def __init__(self, on: Stage, session: LocalSession, visitor: Visitor) -> None:
        self.on, self.session, self._visitor = on, session, visitor

    async def ask(
        self,
        method: str,
        path: str,
        said: object = None,
        query: Mapping[str, str] | None = None,
    ) -> tuple[int, Document]:
        """Return the status and the object of the answer. An error is a problem."""
        is_raw = isinstance(said, bytes)
        body = b"" if said is None else said if is_raw else json.dumps(said).encode()
        assert isinstance(body, bytes)
        given = await self._visitor.ask(method, path, body, query=query)
        document: Document = json.loads(given.body) if given.body else {}
        if given.status >= 400 and "title" in document:
            assert given.headers["Content-Type"] == "application/problem+json"
            assert document["status"] == given.status
        return given.status, document

    async def get(self, path: str, **query: str) -> tuple[int, Document]:
        return await self.ask("GET", path, query=query)

    async def post(self, path: str, **said: object) -> tuple[int, Document]:
        return await self.ask("POST", path, said)


@asynccontextmanager
async def conductor(
    *specs: CheckSpec, read_only: bool = False, archive: Archive | None = None
) -> AsyncIterator[Client]:
    """Run an engine (default: one platform, "api", and the agent "backup")."""
    settings = Settings(agents=(agent("backup", group="nightly"),))
    async with stage(
        *(specs or (spec("api", group="web"),)), settings=settings, read_only=read_only
    ) as on:
        await on.pass_time(6)
        session = _session(on)
        clients = on.conductor.clients
        inside = Inside(session=session, archive=archive, clients=clients)
        visitor = Visitor(on.conductor.heart, is_local=True, inside=inside)
        yield Client(on, session, visitor)


@asynccontextmanager
async def served(
    on: Stage,
    address: Path | str,
    archive: Archive | None = None,
    metrics: Callable[[], Awaitable[bytes]] | None = None,
) -> AsyncIterator[HttpWay]:
    """Serve the engine on a real socket."""
    inside = Inside(
        session=_session(on),
        archive=archive,
        metrics=metrics,
        clients=on.conductor.clients,
    )
    way = HttpWay(address, token=Secret(TOKEN), inside=inside)
    await way.open(on.conductor.heart)
    try:
        yield way
    finally:
        await way.close()


def _session(on: Stage) -> LocalSession:
    session = LocalSession(on.hub)
    session.attach(asyncio.get_running_loop(), on.conductor.control.handle)
    return session
