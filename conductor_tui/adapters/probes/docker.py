"""The docker probe: what the engine says of one container.

The API is docs.docker.com/reference/api/engine (ContainerInspect), without a version in
the path, so that the engine takes its own. Podman answers the same way.
"""

import os
import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from functools import partial

from conductor_tui.adapters.probes.docker_state import StateReader
from conductor_tui.adapters.probes.http import HttpProbe
from conductor_tui.adapters.probes.http_answer import Answer, Trouble
from conductor_tui.adapters.probes.http_connect import connect
from conductor_tui.adapters.probes.http_connection import Connection
from conductor_tui.adapters.probes.http_json import MAX_JSON, read_json, text_at
from conductor_tui.adapters.probes.http_request import request_bytes
from conductor_tui.adapters.probes.http_target import Target, parse_target
from conductor_tui.adapters.probes.http_unix import LONGEST_PATH, connect_unix
from conductor_tui.domain.check import Finding, Outcome
from conductor_tui.domain.text import one_line
from conductor_tui.ports import Probe

DEFAULT_SOCKET = "/var/run/docker.sock"
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]*")


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """`target` is a container's name or id.

    `socket` is the absolute path of the engine's socket ("unix:///path" too), or the
    URL of an engine that listens on TCP: "http://host:2375", or tcp:// for the same.
    """

    target: str
    socket: str = DEFAULT_SOCKET

    def __post_init__(self) -> None:
        if not _NAME.fullmatch(self.target):
            raise ValueError(
                f"docker target must be a container's name or id, not {self.target!r}"
            )
        _way(self)


def open_probe(options: Options) -> Probe:
    return HttpProbe(_way(options), partial(_judge, options.target, StateReader()))


def shown_target(options: Options) -> str:
    return options.target


def _way(options: Options) -> Callable[[], Awaitable[Connection | Trouble]]:
    """Return what opens a connection to the engine. Raises ValueError in words."""
    path = f"/containers/{options.target}/json"
    socket = options.socket.removeprefix("unix://")
    if socket.startswith("/"):
        _refuse_bad_path(socket)
        target = Target(host="localhost", port=80, path=path, is_tls=False)
        request = request_bytes(target)
        return partial(connect_unix, socket, request, max_body=MAX_JSON)
    target = replace(_engine(socket), path=path)
    request = request_bytes(target)
    return partial(connect, target, request, max_body=MAX_JSON, verify_tls=True)


def _engine(socket: str) -> Target:
    if "://" not in socket:
        raise ValueError(
            f'socket must be an absolute path such as "{DEFAULT_SOCKET}", or a URL '
            f'such as "http://127.0.0.1:2375", not {socket!r}'
        )
    try:
        return parse_target(re.sub(r"^tcp://", "http://", socket))
    except ValueError as error:
        raise ValueError(f"socket: {error}") from None


def _refuse_bad_path(path: str) -> None:
    if not path.isprintable():
        raise ValueError(f"socket must have no control characters, not {path!r}")
    length = len(os.fsencode(path))
    if length > LONGEST_PATH:
        raise ValueError(
            f"socket is {length} bytes long: the system takes {LONGEST_PATH} at the "
            "most; use a symbolic link to its folder"
        )


def _judge(name: str, reader: StateReader, answer: Answer) -> Finding:
    try:
        body = read_json(answer)
    except ValueError as error:
        words = f"{answer.status}: no answer of a container engine, {error}"
        return Finding(Outcome.FAILED, one_line(words))
    if answer.status == 200:
        return reader.judge(body)
    if answer.status == 404:
        return Finding(Outcome.FAILED, f"the engine knows no container {name!r}")
    words = text_at(body, "message") or "an error without words"
    return Finding(Outcome.FAILED, one_line(f"{answer.status}: {words}"))
