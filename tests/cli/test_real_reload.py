"""The real engine with a real file: read, edited, read again."""

import asyncio
from pathlib import Path

from conductor_tui.adapters.settings.reload import SettingsFile
from conductor_tui.cli.local_engine import real_world
from conductor_tui.domain.commands import ReloadSettings
from conductor_tui.domain.events import (
    CheckFinished,
    CommandAnswered,
    Envelope,
    Event,
    SettingsLoaded,
)
from conductor_tui.domain.ids import CommandId, NodeName, PlatformName
from conductor_tui.engine.conductor import Conductor
from conductor_tui.engine.hub import Hub
from tests.servers.daemon import free_port


def table(name: str) -> str:
    target = f"127.0.0.1:{free_port()}"
    return f'[[platform]]\nname = "{name}"\nprobe = "tcp"\ntarget = "{target}"\n'


async def next_of(hub: Hub, kind: type[Event]) -> Event:
    async with asyncio.timeout(30):
        async for frame in hub.follow():
            if isinstance(frame, Envelope) and isinstance(frame.event, kind):
                return frame.event
    raise AssertionError("the stream of a running engine does not end")


async def test_an_edited_file_is_in_force_while_the_engine_runs(tmp_path: Path) -> None:
    path = tmp_path / "conductor.toml"
    path.write_text(table("old"))
    source = SettingsFile(str(path), {}, tmp_path)
    world = real_world(source)
    hub = Hub(NodeName("web-7"), world.clock)
    conductor = Conductor(source.load(), world, hub)
    async with asyncio.TaskGroup() as group:
        group.create_task(conductor.run())
        await next_of(hub, CheckFinished)

        path.write_text(table("new"))
        loaded = await next_of(hub, SettingsLoaded)  # it sees that by itself
        assert isinstance(loaded, SettingsLoaded)
        assert (loaded.added, loaded.removed) == (("new",), ("old",))

        path.write_text("[[platform]\n")
        asked = ReloadSettings(id=CommandId("c-1"), by="ann")
        asyncio.get_running_loop().call_soon(conductor.control.handle, asked)
        answer = await next_of(hub, CommandAnswered)
        assert isinstance(answer, CommandAnswered)
        assert not answer.granted
        assert "line 1" in answer.words
        assert list(hub.snapshot.platforms) == [PlatformName("new")]
        conductor.stop()
