"""schemathesis asks a real server on loopback what the OpenAPI document allows, and
what it does not: no fault of ours, and every answer is one that is described.
"""

import asyncio
import threading
from collections.abc import Iterator
from copy import deepcopy
from datetime import datetime
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, settings
from schemathesis import BaseSchema, Case, GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from conductor_tui.adapters.api import limits
from conductor_tui.adapters.api.openapi import document
from conductor_tui.domain.alert_events import JournalChanged
from conductor_tui.domain.settings import PlatformSettings, Settings
from conductor_tui.domain.snapshot import Snapshot
from tests.adapters.api.conducting import TOKEN, served
from tests.adapters.api.test_events import FakeArchive
from tests.adapters.api.visit import agent
from tests.build import spec
from tests.engine.stage import stage

CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]
EXAMPLES = 5  # of each operation, beside those that cover its schema
NAMES = {"name": ["api", "nix"], "agent": ["backup", "nix"], "platform": ["api", "nix"]}
SETTINGS = Settings(
    platforms=(PlatformSettings(spec=spec("api"), options=None),),
    agents=(agent("backup"),),
)
UNBOUNDED = limits.Rate(per_s=1e9, burst=1e9)


class Archive(FakeArchive):
    """Remembers one moment."""

    def __init__(self, snapshot: Snapshot) -> None:
        super().__init__()
        self._snapshot, self.known = snapshot, snapshot.events

    def past(self, at: datetime) -> Snapshot:
        return self._snapshot

    def step(self, at: datetime, by: int) -> datetime | None:
        return at if by > 0 else None


class Server:
    """A conductor in a thread of its own: schemathesis asks with blocking sockets."""

    def __init__(self) -> None:
        self.url = ""
        self._is_up = threading.Event()
        self._loop = asyncio.new_event_loop()
        self._stop = asyncio.Event()
        self._thread = threading.Thread(target=self._run)

    def __enter__(self) -> "Server":
        self._thread.start()
        assert self._is_up.wait(30)
        return self

    def __exit__(self, *_: object) -> None:
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join(30)
        self._loop.close()

    def _run(self) -> None:
        self._loop.run_until_complete(self._serve())

    async def _serve(self) -> None:
        async with stage(settings=SETTINGS) as on:
            on.source.content = SETTINGS
            archive = Archive(on.hub.snapshot)
            on.hub.publish(JournalChanged(trouble=""))  # as with a real one
            async with served(on, "127.0.0.1:0", archive, _metrics) as way:
                self.url = f"http://{way.address}"
                self._is_up.set()
                await self._stop.wait()


async def _metrics() -> bytes:
    return b"health_check_total 1\n"


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    """With one platform and one agent; nobody asks it too often."""
    with pytest.MonkeyPatch.context() as patch, Server() as server:
        patch.setattr(limits, "READS", UNBOUNDED)
        patch.setattr(limits, "COMMANDS", UNBOUNDED)
        yield server


@pytest.fixture
def api(server: Server) -> BaseSchema:
    made = schemathesis.openapi.from_dict(_with_names(document()))
    made.config.update(base_url=server.url)
    made.config.generation.update(
        modes=[GenerationMode.POSITIVE, GenerationMode.NEGATIVE]
    )
    return made


def _with_names(made: dict[str, Any]) -> dict[str, Any]:
    """Return the document with the names that there are: others are seldom found."""
    made = deepcopy(made)
    for methods in made["paths"].values():
        for operation in methods.values():
            for one in operation["parameters"]:
                if one["name"] in NAMES:
                    one["schema"] = {"type": "string", "enum": NAMES[one["name"]]}
    for schema in made["components"]["schemas"].values():
        if "command" in schema.get("properties", {}):
            for key in NAMES.keys() & schema["properties"].keys():
                schema["properties"][key]["enum"] = NAMES[key]
    return made


described = schemathesis.pytest.from_fixture("api")


@described.exclude(path=["/v1/stream", "/v1/clients/stream"]).parametrize()  # no end
@settings(
    max_examples=EXAMPLES,
    derandomize=True,
    database=None,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)
def test_what_is_asked_is_answered_as_it_is_described(case: Case[Any]) -> None:
    case.call_and_validate(
        headers={"Authorization": f"Bearer {TOKEN}"}, checks=CHECKS, timeout=30
    )
