"""Snapshots and envelopes as JSON, and back: what streams, journals and files carry.

Over a socket a snapshot comes in parts, so that writing one never holds the engine's
loop for long, and none is too long for a reader: all but platforms and agents, then
those in handfuls. `Parts` puts them together again.
"""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import islice
from typing import Any, TypeVar

from conductor_tui.adapters.wire import shapes
from conductor_tui.adapters.wire.records import adapter, dump
from conductor_tui.domain.agent import AgentView
from conductor_tui.domain.events import Envelope
from conductor_tui.domain.ids import AgentId, PlatformName
from conductor_tui.domain.roster import Roster
from conductor_tui.domain.snapshot import PlatformView, Snapshot

V = TypeVar("V", PlatformView, AgentView)
HANDFUL = 50  # platforms with their histories: some 4 ms of work, 200 kB


def encode_envelope(envelope: Envelope) -> str:
    return dump(Envelope, envelope).decode()


def decode_envelope(text: str | bytes) -> Envelope:
    """Raises ValueError for what is none, or of a kind that this version has not."""
    envelope: Envelope = adapter(Envelope).validate_json(text)
    return envelope


def encode_snapshot(snapshot: Snapshot) -> bytes:
    return dump(Snapshot, snapshot)


def decode_snapshot(text: str | bytes) -> Snapshot:
    """Raises ValueError for what is none."""
    snapshot: Snapshot = adapter(Snapshot).validate_json(text)
    return snapshot


def encode_envelopes(envelopes: Sequence[Envelope]) -> bytes:
    """Return {"events": [...]}."""
    written = b",".join(dump(Envelope, one) for one in envelopes)
    return b'{"events":[' + written + b"]}"


def parts_of(snapshot: Snapshot) -> Iterator[bytes]:
    """Yield the objects that `Parts` puts together, each made when it is asked for."""
    rest = replace(snapshot, platforms=Roster(), agents=Roster())
    yield b'{"snapshot":' + dump(Snapshot, rest) + b"}"
    for some in _handfuls(snapshot.platforms.in_order()):
        yield b'{"platforms":' + dump(tuple[PlatformView, ...], some) + b"}"
    for others in _handfuls(snapshot.agents.in_order()):
        yield b'{"agents":' + dump(tuple[AgentView, ...], others) + b"}"
    yield json.dumps({"complete": snapshot.seq}).encode()


@dataclass(slots=True)
class Parts:
    """A snapshot on its way: `take` each object of its parts."""

    _rest: Snapshot | None = None
    _platforms: dict[PlatformName, PlatformView] = field(default_factory=dict)
    _agents: dict[AgentId, AgentView] = field(default_factory=dict)

    def take(self, part: dict[str, Any]) -> Snapshot | None:
        """Return the snapshot once it is complete. What is no part is left alone.

        Raises ValueError for a part that cannot be read.
        """
        if "snapshot" in part:
            self._rest = adapter(Snapshot).validate_python(part["snapshot"])
            self._platforms, self._agents = {}, {}
        elif "platforms" in part:
            views = adapter(tuple[PlatformView, ...]).validate_python(part["platforms"])
            self._platforms |= {view.name: view for view in views}
        elif "agents" in part:
            agents = adapter(tuple[AgentView, ...]).validate_python(part["agents"])
            self._agents |= {view.agent: view for view in agents}
        elif "complete" in part and self._rest is not None:
            platforms, agents = Roster(self._platforms), Roster(self._agents)
            return replace(self._rest, platforms=platforms, agents=agents)
        return None


def read_envelopes(events: object) -> list[Envelope]:
    """Return what stands behind "events". One of a kind that a later version added is
    left out. Raises ValueError for what cannot be read.
    """
    if not isinstance(events, list):
        raise ValueError("events are no list")
    known = [one for one in events if shapes.is_known(one)]
    envelopes: list[Envelope] = adapter(list[Envelope]).validate_python(known)
    return envelopes


def _handfuls(views: Iterator[V]) -> Iterator[tuple[V, ...]]:
    while some := tuple(islice(views, HANDFUL)):
        yield some
