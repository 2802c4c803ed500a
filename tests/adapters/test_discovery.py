"""Which probe a service gets, and the real look at this machine."""

import json
import os
import re
import socket
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pytest

from conductor_tui.adapters.discovery.listeners import ListenerDiscovery, platforms
from conductor_tui.adapters.discovery.services import Listener
from conductor_tui.adapters.probes.http_status import parse_expected
from conductor_tui.domain.settings import PlatformSettings
from tests.servers.daemon import binary, free_port, running


def by_name(found: Sequence[PlatformSettings]) -> dict[str, PlatformSettings]:
    return {one.spec.platform: one for one in found}


def named(
    process: str,
    port: int,
    address: str = "127.0.0.1",
    *,
    cmdline: str = "",
    pid: int = 7,
) -> Listener:
    return Listener(address, port, pid, process, tuple(cmdline.split("|")))


def unseen(port: int, address: str = "127.0.0.1") -> Listener:
    return Listener(address, port)


CLUSTER = "redis-server 127.0.0.1:6379 [cluster]"


@pytest.mark.parametrize(
    ("listener", "probe", "target"),
    [
        pytest.param(
            named("redis-server", 16379), "redis", "127.0.0.1:16379", id="Redis"
        ),
        pytest.param(
            named("redis-server", 16379, cmdline=CLUSTER),
            "listen",
            "127.0.0.1:16379",
            id="the cluster bus of Redis does not speak Redis",
        ),
        pytest.param(
            named("redis-server", 6379, cmdline=CLUSTER),
            "redis",
            "127.0.0.1:6379",
            id="the port in the title of Redis does",
        ),
        pytest.param(
            named("postgres", 5433, "::1"), "postgres", "[::1]:5433", id="IPv6 only"
        ),
        pytest.param(
            named("nginx", 8123), "http", "http://127.0.0.1:8123/", id="a web server"
        ),
        pytest.param(
            named("nginx", 443, "::"), "http", "https://[::1]:443/", id="a TLS port"
        ),
        pytest.param(
            named("python3", 9999, cmdline="python3|-m|http.server|9999"),
            "http",
            "http://127.0.0.1:9999/",
            id="a web server by its module",
        ),
        pytest.param(
            named("node", 3000, cmdline="node|/srv/bot/index.js"),
            "listen",
            "127.0.0.1:3000",
            id="a script may speak anything",
        ),
        pytest.param(
            named("haproxy", 6379), "listen", "127.0.0.1:6379", id="a TCP proxy"
        ),
        pytest.param(
            named("haproxy", 80), "http", "http://127.0.0.1:80/", id="a web proxy"
        ),
        pytest.param(named("sshd", 22), "listen", "127.0.0.1:22", id="sshd"),
        pytest.param(
            named("docker-proxy", 6379), "listen", "127.0.0.1:6379", id="docker-proxy"
        ),
        pytest.param(
            named("systemd", 8080),
            "listen",
            "127.0.0.1:8080",
            id="a connection to a socket unit would start its service",
        ),
        pytest.param(
            named("mydaemon", 6379),
            "listen",
            "127.0.0.1:6379",
            id="the process is believed more than the port",
        ),
        pytest.param(unseen(6379), "redis", "127.0.0.1:6379", id="Redis by its port"),
        pytest.param(
            unseen(5432, "10.0.0.5"), "postgres", "10.0.0.5:5432", id="far by its port"
        ),
        pytest.param(
            unseen(8443), "http", "https://127.0.0.1:8443/", id="https by its port"
        ),
        pytest.param(unseen(4321), "listen", "127.0.0.1:4321", id="nothing is known"),
        pytest.param(
            named("redis-server", 6379, "fe80::1"),
            "listen",
            "[fe80::1]:6379",
            id="a link-local address cannot be reached without an interface",
        ),
    ],
)
def test_a_service_gets_the_probe_of_its_protocol(
    listener: Listener, probe: str, target: str
) -> None:
    (found,) = platforms([listener])

    assert (found.spec.probe, found.spec.target) == (probe, target)
    assert getattr(found.options, "target", None) == target


@pytest.mark.parametrize(
    ("listener", "origin"),
    [
        pytest.param(
            named("redis-server", 6379, pid=812),
            "found: redis-server (pid 812) listens on 127.0.0.1:6379, "
            "known as Redis by its process",
            id="by process",
        ),
        pytest.param(
            unseen(5432, "::1"),
            "found: a process that cannot be seen from here listens on [::1]:5432, "
            "taken for PostgreSQL by its port",
            id="by port",
        ),
        pytest.param(
            named("nginx", 443, pid=5),
            "found: nginx (pid 5) listens on 127.0.0.1:443, known as a web server by "
            "its process; its certificate is not verified",
            id="certificates",
        ),
        pytest.param(
            named("sshd", 22, "0.0.0.0", pid=5),
            "found: sshd (pid 5) listens on 0.0.0.0:22, known as an SSH server by its "
            "process; the socket is watched and nothing is sent to it",
            id="known, but not to be disturbed",
        ),
        pytest.param(
            named("my\x1b[2Japp", 4321, pid=5),
            "found: my\\x1b[2Japp (pid 5) listens on 127.0.0.1:4321; what it speaks is "
            "not known, so the socket is watched and nothing is sent to it",
            id="a hostile name",
        ),
        pytest.param(
            named("systemd", 22, pid=1),
            "found: systemd (pid 1) listens on 127.0.0.1:22, for an SSH server by its "
            "port; the socket is watched and nothing is sent to it",
            id="a socket unit",
        ),
    ],
)
def test_the_origin_says_how_it_was_found(listener: Listener, origin: str) -> None:
    (found,) = platforms([listener])

    assert found.spec.origin == origin


def test_many_sockets_are_counted_instead_of_listed() -> None:
    sockets = [named("dnsmasq", 53, f"10.0.0.{n}") for n in range(1, 8)]

    (found,) = platforms(sockets)

    assert "10.0.0.1:53 and 10.0.0.2:53 and 10.0.0.3:53 and 4 more" in found.spec.origin


def test_a_web_server_that_says_no_is_alive_and_one_that_breaks_is_not() -> None:
    (found,) = platforms([named("nginx", 443)])
    (accepted,) = parse_expected(getattr(found.options, "expect_status", ()))

    assert {200, 204, 301, 401, 403, 404, 429} <= set(accepted)
    assert not {500, 502, 503} & set(accepted)
    assert getattr(found.options, "verify_tls", None) is False


LISTEN = """
import socket, sys
server = socket.create_server(("127.0.0.1", int(sys.argv[1])))
sys.stdin.read()
"""


@contextmanager
def listening_script(path: Path, port: int) -> Iterator[int]:
    """Run a script that listens on `port`; gives its pid. It sees no connection."""
    path.write_text(LISTEN.replace("sys.stdin", "print(flush=True); sys.stdin"))
    with subprocess.Popen(
        [sys.executable, str(path), str(port)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    ) as child:
        assert child.stdout is not None
        child.stdout.readline()  # it listens now
        yield child.pid
        child.communicate()  # the end of its input ends it


def test_a_listening_script_is_seen_and_gone_when_it_ends(tmp_path: Path) -> None:
    port = free_port()
    discovery = ListenerDiscovery()
    with listening_script(tmp_path / "pushbridge.py", port) as pid:
        found = by_name(discovery.look().platforms)[f"pushbridge-{port}"]
        again = by_name(discovery.look().platforms)[f"pushbridge-{port}"]

    assert found.spec.probe == "listen"
    assert found.spec.target == f"127.0.0.1:{port}"
    assert f"(pid {pid}) listens on 127.0.0.1:{port}" in found.spec.origin
    assert again == found
    assert f"pushbridge-{port}" not in by_name(discovery.look().platforms)


def test_a_port_that_another_program_takes_over_gets_its_name(tmp_path: Path) -> None:
    port = free_port()
    discovery = ListenerDiscovery()
    with listening_script(tmp_path / "first.py", port):
        assert f"first-{port}" in by_name(discovery.look().platforms)
    with listening_script(tmp_path / "second.py", port):
        assert f"second-{port}" in by_name(discovery.look().platforms)


def test_our_own_sockets_are_never_watched() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        found = ListenerDiscovery().look().platforms

    assert not [one for one in found if one.spec.target.endswith(f":{port}")]


@pytest.mark.server
def test_redis_on_any_port_is_known_by_its_process(tmp_path: Path) -> None:
    port = free_port()
    argv = [binary("redis-server"), "--port", str(port), "--bind", "127.0.0.1"]
    with running([*argv, "--save", ""], port=port, log=tmp_path / "log") as server:
        found = by_name(ListenerDiscovery().look().platforms)[f"redis-{port}"]

    assert found.spec.probe == "redis"
    assert found.spec.target == f"127.0.0.1:{port}"
    assert f"redis-server (pid {server.pid})" in found.spec.origin


LOOK_AS_NOBODY = """
import json, os
from conductor_tui.adapters.discovery.listeners import ListenerDiscovery
discovery = ListenerDiscovery()
discovery.look()  # imports what it needs, while it still may
os.seteuid(65534)
seen = ListenerDiscovery().look()
print(json.dumps([seen.complete, [one.spec.platform for one in seen.platforms]]))
"""


@pytest.mark.skipif(os.geteuid() != 0, reason="root is needed to become somebody else")
def test_an_ordinary_user_sees_ports_and_is_told_that_more_is_hidden(
    tmp_path: Path,
) -> None:
    port = free_port()
    with listening_script(tmp_path / "pushbridge.py", port):
        look = subprocess.run(
            [sys.executable, "-c", LOOK_AS_NOBODY],
            capture_output=True,
            check=True,
            text=True,
        )

    complete, names = json.loads(look.stdout)
    assert complete is False
    assert f"port-{port}" in names
    assert not [name for name in names if re.match("pushbridge", name)]
