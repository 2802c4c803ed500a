"""Which ways in the settings ask for."""

from pathlib import Path

import pytest

from conductor_tui.adapters.ingest.ways import open_ways
from conductor_tui.domain.agent import AgentSpec
from conductor_tui.domain.ids import AgentId
from conductor_tui.domain.secret import Secret
from conductor_tui.domain.settings import AgentSettings, ListenSettings

HERE = "/run/user/7/conductor-tui"


@pytest.fixture(autouse=True)
def _runtime_folder(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(Path(HERE).parent))


def addresses(listen: ListenSettings, *agents: AgentSettings) -> list[str]:
    return [f"{way.name} {way.address}" for way in open_ways(listen, agents)]


def test_without_a_word_there_are_two_sockets() -> None:
    assert addresses(ListenSettings()) == [
        f"http unix:{HERE}/conductor.sock",
        f"datagrams unix:{HERE}/beats.sock",
    ]


def test_each_can_be_switched_off_or_lie_elsewhere() -> None:
    assert addresses(ListenSettings(socket="", datagrams="")) == []
    elsewhere = ListenSettings(socket="/a.sock", datagrams="/b.sock")
    assert addresses(elsewhere) == ["http unix:/a.sock", "datagrams unix:/b.sock"]


def test_the_network_is_only_listened_to_when_asked() -> None:
    listen = ListenSettings(
        socket="",
        datagrams="",
        http="127.0.0.1:7474",
        udp="127.0.0.1:7475",
        token=Secret("hunter2222"),
    )
    assert addresses(listen) == ["http 127.0.0.1:7474", "udp 127.0.0.1:7475"]


def test_an_agent_that_is_notified_for_has_a_socket_of_its_own() -> None:
    agents = [
        AgentSettings(spec=AgentSpec(agent=AgentId("a"))),
        AgentSettings(spec=AgentSpec(agent=AgentId("b")), notify=True),
    ]
    listen = ListenSettings(socket="", datagrams="")
    assert addresses(listen, *agents) == [
        f"sd_notify NOTIFY_SOCKET={HERE}/notify/b.sock"
    ]
