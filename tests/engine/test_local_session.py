"""Commands to an engine that is not there."""

import asyncio

import pytest

from conductor_tui.domain.commands import CheckNow, Command
from conductor_tui.domain.errors import SessionLost
from conductor_tui.domain.ids import CommandId, NodeName, PlatformName
from conductor_tui.engine.hub import Hub
from conductor_tui.engine.local_session import LocalSession
from conductor_tui.testing import FakeClock, settle

ASK = CheckNow(id=CommandId("c-1"), platform=PlatformName("api"), by="ann")


@pytest.fixture
def session() -> LocalSession:
    return LocalSession(Hub(NodeName("web-7"), FakeClock()))


async def test_a_command_reaches_the_engine_on_its_own_loop(
    session: LocalSession,
) -> None:
    heard: list[Command] = []
    session.attach(asyncio.get_running_loop(), heard.append)
    await asyncio.to_thread(session.send, ASK)
    await settle()
    assert heard == [ASK]


def test_without_an_engine_a_command_is_refused_in_words(session: LocalSession) -> None:
    with pytest.raises(SessionLost, match="not running"):
        session.send(ASK)


def test_an_engine_that_has_just_ended_is_no_traceback(session: LocalSession) -> None:
    loop = asyncio.new_event_loop()
    loop.close()
    session.attach(loop, lambda _: None)
    with pytest.raises(SessionLost, match="not running"):
        session.send(ASK)
