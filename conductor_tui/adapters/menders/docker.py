"""A container restarted, paused, unpaused, stopped or started, by the engine's API
(ContainerRestart and so on, docs.docker.com/reference/api/engine). Podman answers the
same way.
"""

from dataclasses import dataclass
from functools import partial
from typing import cast
from urllib.parse import quote

from conductor_tui.adapters.probes.http import HttpProbe
from conductor_tui.adapters.probes.http_answer import Answer
from conductor_tui.adapters.probes.http_json import MAX_JSON, read_json, text_at
from conductor_tui.adapters.probes.http_request import request_bytes
from conductor_tui.adapters.probes.http_target import Target
from conductor_tui.adapters.probes.http_unix import connect_unix
from conductor_tui.domain.alert import Subject
from conductor_tui.domain.check import Finding, Outcome
from conductor_tui.domain.text import one_line, visible
from conductor_tui.ports import Mender

_DONE = {
    "restart": "restarted",
    "pause": "paused",
    "unpause": "unpaused",
    "stop": "stopped",
    "start": "started",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """`container` is its name or id, `socket` the engine's (Podman has one too), `verb`
    a key of `_DONE`.
    """

    container: str
    socket: str = "/var/run/docker.sock"
    verb: str = "restart"

    def __post_init__(self) -> None:
        if not self.container.strip():
            raise ValueError("docker must name a container")
        if not self.socket.startswith("/"):
            raise ValueError(f"socket must begin with /, unlike {self.socket!r}")


def words_of(options: Options) -> str:
    return f"{options.verb} container {visible(options.container, 80)}"


class DockerMender:
    """Asks the engine once; it answers when it is done. A container
    that does not stop by itself takes the engine's own 10 s. Satisfies ports.Mender.
    """

    def __init__(self, options: Options) -> None:
        self._options = options
        path = f"/containers/{quote(options.container, safe='')}/{options.verb}"
        target = Target(host="localhost", port=80, path=path, is_tls=False)
        self._open = partial(
            connect_unix,
            options.socket,
            request_bytes(target, "POST"),
            max_body=MAX_JSON,
        )

    async def __call__(self, subject: Subject, why: str) -> Finding:
        asking = HttpProbe(self._open, self._judge, keeps=False)
        try:
            return await asking()
        finally:
            asking.close()

    def _judge(self, answer: Answer) -> Finding:
        if answer.status in (204, 304):  # 304: it is so already
            return Finding(Outcome.PASSED, _DONE[self._options.verb])
        if answer.status == 404:
            words = f"the engine knows no container {self._options.container!r}"
            return Finding(Outcome.FAILED, one_line(words))
        try:
            said = text_at(read_json(answer), "message") or "an error without words"
        except ValueError as error:
            said = f"no answer of a container engine, {error}"
        if answer.status == 409 and ("already paused" in said or "not paused" in said):
            return Finding(Outcome.PASSED, f"{_DONE[self._options.verb]} already")
        return Finding(Outcome.FAILED, one_line(f"{answer.status}: {said}"))


def open_mender(action: object) -> Mender:
    return DockerMender(cast(Options, action))
