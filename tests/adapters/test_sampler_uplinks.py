"""Which interfaces count: on trees of links as Linux lays them out under /sys."""

from functools import partial
from pathlib import Path
from types import SimpleNamespace

import psutil
import pytest

from conductor_tui.adapters import sampler as sampler_module
from conductor_tui.adapters.sampler import HostSampler
from conductor_tui.adapters.sampler_uplinks import uplinks
from conductor_tui.testing import FakeClock

NOWHERE = Path("/nonexistent")


def with_cards(folder: Path, cards: list[str], others: list[str]) -> Path:
    for name in (*cards, *others):
        (folder / name).mkdir()
    for name in cards:
        (folder / name / "device").mkdir()
    return folder


def test_of_a_host_with_containers_only_the_card_counts(tmp_path: Path) -> None:
    others = ["lo", "docker0", "br-1f2e", "veth12ab", "wg0", "eth0.100", "bond0"]
    net = with_cards(tmp_path, ["eth0", "wlan0"], others)

    assert uplinks([*others, "eth0", "wlan0"], net) == {"eth0", "wlan0"}


def test_a_card_below_another_card_is_that_card(tmp_path: Path) -> None:
    net = with_cards(tmp_path, ["eth0", "enP1"], [])
    (net / "enP1" / "master").symlink_to("../eth0")

    assert uplinks(["eth0", "enP1"], net) == {"eth0"}


def test_the_cards_of_a_bond_count_and_the_bond_does_not(tmp_path: Path) -> None:
    net = with_cards(tmp_path, ["eth0", "eth1"], ["bond0"])
    for name in ("eth0", "eth1"):
        (net / name / "master").symlink_to("../bond0")

    assert uplinks(["eth0", "eth1", "bond0"], net) == {"eth0", "eth1"}


@pytest.mark.parametrize(
    ("names", "counted"),
    [
        pytest.param(["lo", "eth0"], {"eth0"}, id="a container"),
        pytest.param(
            ["lo", "eth0", "docker0", "veth1", "br-2", "br0"],
            {"eth0"},
            id="with containers in it",
        ),
        pytest.param(["lo", "eth0", "eth1"], {"eth0", "eth1"}, id="two networks"),
        pytest.param(["lo", "tap0"], {"tap0"}, id="a rootless one has nothing else"),
        pytest.param(["eth0", "eth0.5", "eth0:1"], {"eth0"}, id="parts of another"),
        pytest.param(["lo0", "en0", "utun3", "bridge0"], {"en0"}, id="a Mac"),
        pytest.param(["lo"], set(), id="no network"),
        pytest.param([], set(), id="nothing told"),
    ],
)
def test_without_a_card_names_decide(names: list[str], counted: set[str]) -> None:
    assert uplinks(names, NOWHERE) == counted


async def test_a_byte_that_passes_two_interfaces_counts_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    seen = {"lo": 0, "nic-x": 0, "veth-x": 0, "br-x": 0}
    monkeypatch.setattr(psutil, "net_io_counters", lambda **_: counters(seen))
    monkeypatch.setattr(sampler_module, "uplinks", partial(uplinks, sys_net=NOWHERE))
    sampler = HostSampler(clock := FakeClock())
    sampler.sample()

    await clock.advance(2)
    seen |= {"lo": 5000, "nic-x": 5000, "veth-x": 5000, "br-x": 5000}
    sample = sampler.sample()

    assert (sample.rx_bytes_per_s, sample.tx_bytes_per_s) == (2500, 2500)


def counters(seen: dict[str, int]) -> dict[str, SimpleNamespace]:
    return {
        name: SimpleNamespace(bytes_recv=count, bytes_sent=count)
        for name, count in seen.items()
    }
