"""Sockets in, services out: one per service, and a name that stays."""

from dataclasses import replace
from itertools import permutations
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conductor_tui.adapters.discovery.services import Listener, services


def redis(port: int = 6379, address: str = "127.0.0.1", pid: int = 812) -> Listener:
    title = f"redis-server {address}:{port}"
    return Listener(address, port, pid, "redis-server", (title,))


def program(
    name: str, port: int, address: str = "127.0.0.1", pid: int = 900
) -> Listener:
    return Listener(address, port, pid, name, (f"/usr/sbin/{name}",))


def unseen(port: int, address: str = "127.0.0.1") -> Listener:
    return Listener(address, port)


@pytest.mark.parametrize(
    ("listeners", "names"),
    [
        pytest.param([redis()], ["redis"], id="on its own port the name stands alone"),
        pytest.param([redis(16379)], ["redis-16379"], id="elsewhere with the port"),
        pytest.param([redis(), redis(6380, pid=9)], ["redis", "redis-6380"], id="two"),
        pytest.param(
            [program("nginx", 80), program("nginx", 443)],
            ["nginx", "nginx-443"],
            id="one process with two ports is two services",
        ),
        pytest.param(
            [redis(address="0.0.0.0"), redis(address="::")],
            ["redis"],
            id="IPv4 and IPv6 of one port are one service",
        ),
        pytest.param(
            [program("nginx", 80, pid=1000 + n) for n in range(4)],
            ["nginx"],
            id="a master and its workers are one service",
        ),
        pytest.param(
            [
                program("docker-proxy", 8080, "0.0.0.0", pid=5),
                program("docker-proxy", 8080, "::", pid=6),
            ],
            ["docker-8080"],
            id="the two proxies of one published port are one service",
        ),
        pytest.param(
            [redis(pid=1), redis(address="10.0.0.5", pid=2)],
            ["redis", "redis-10.0.0.5"],
            id="two processes on the same port of two addresses are two services",
        ),
        pytest.param(
            [redis(pid=1), redis(address="10.0.0.5", pid=1)],
            ["redis"],
            id="one process on two addresses is one service",
        ),
        pytest.param(
            [program("vite", 3000), program("api", 3000, "::1", pid=2)],
            ["api-3000", "vite-3000"],
            id="two programs on the same port are two services",
        ),
        pytest.param(
            [unseen(6379), unseen(5432), unseen(8080), unseen(4321), unseen(22)],
            ["http-8080", "port-4321", "postgres", "redis", "ssh"],
            id="without process names the port gives the name",
        ),
        pytest.param(
            [unseen(4321), unseen(4321, "10.0.0.5"), unseen(4321, "::")],
            ["port-4321"],
            id="unseen sockets of one port are one service",
        ),
        pytest.param(
            [program("systemd", 22, "::", pid=1)], ["ssh"], id="a socket unit"
        ),
        pytest.param(
            [program("web:1", 80), program("web", 80, pid=2)],
            ["web-80"],
            id="what a process adds to its title is no part of its name",
        ),
        pytest.param(
            [program("x" * 50, 1), program("x" * 60, 2, pid=2)],
            ["x" * 39 + "…-1", "x" * 39 + "…-2"],
            id="names too long for a screen are told apart by the port",
        ),
        pytest.param([], [], id="nothing"),
    ],
)
def test_each_service_has_its_name(listeners: list[Listener], names: list[str]) -> None:
    for order in list(permutations(listeners))[:24]:
        assert [one.name for one in services(order)] == names


def test_a_name_stays_when_the_neighbours_vanish() -> None:
    both = [redis(), redis(6380, pid=9), redis(6381, pid=10)]

    assert [one.name for one in services(both[1:])] == ["redis-6380", "redis-6381"]
    assert [one.name for one in services(both[2:])] == ["redis-6381"]


LONGEST = ":".join(["2001"] * 8)
_PIDS = st.integers(min_value=2, max_value=99_999)


@given(st.lists(_PIDS, min_size=3, max_size=3, unique=True), st.randoms())
def test_a_name_depends_neither_on_pids_nor_on_order(
    pids: list[int], chance: Random
) -> None:
    listeners = [redis(), program("nginx", 80), program("myapp", 4321, "10.0.0.5")]
    restarted = [
        replace(one, pid=pid) for one, pid in zip(listeners, pids, strict=True)
    ]
    before = [one.name for one in services(listeners)]

    chance.shuffle(restarted)

    assert [one.name for one in services(restarted)] == before


@given(
    st.lists(
        st.builds(
            Listener,
            st.sampled_from(
                ["127.0.0.1", "0.0.0.0", "::", "::1", "10.0.0.5", "fe80::1", LONGEST]
            ),
            st.integers(1, 65535),
            st.none() | st.integers(1, 5),
            st.text(max_size=20),
            st.lists(st.text(max_size=9), max_size=3).map(tuple),
        ),
        max_size=12,
    )
)
def test_whatever_listens_the_names_are_unique_printable_and_short(
    listeners: list[Listener],
) -> None:
    names = [one.name for one in services(listeners)]

    assert len(set(names)) == len(names)
    assert {one.port for one in services(listeners)} == {one.port for one in listeners}
    assert all(name == name.strip() and 0 < len(name) <= 64 for name in names)
    assert all(not any(ord(char) < 32 for char in name) for name in names)


@pytest.mark.parametrize(
    ("addresses", "has_ipv6", "host"),
    [
        pytest.param(["0.0.0.0"], True, "127.0.0.1", id="all addresses"),
        pytest.param(["0.0.0.0", "::"], True, "127.0.0.1", id="both families"),
        pytest.param(["::"], True, "::1", id="all addresses, IPv6"),
        pytest.param(["::"], False, "127.0.0.1", id="IPv6 where there is no ::1"),
        pytest.param(["::1"], True, "::1", id="IPv6 only"),
        pytest.param(["10.0.0.5", "127.0.0.1"], True, "127.0.0.1", id="loopback first"),
        pytest.param(["10.0.0.9", "10.0.0.5"], True, "10.0.0.5", id="the lowest"),
        pytest.param(["fd00::5"], True, "fd00::5", id="a specific IPv6 address"),
        pytest.param(["::ffff:127.0.0.1"], True, "127.0.0.1", id="IPv4 as Java binds"),
    ],
)
def test_the_nearest_address_is_asked(
    addresses: list[str], has_ipv6: bool, host: str
) -> None:
    listeners = [redis(address=address) for address in addresses]

    (service,) = services(listeners, has_ipv6=has_ipv6)

    assert service.host == host
