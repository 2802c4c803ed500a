"""Which ways in the settings ask for. Satisfies ports.OpenWays."""

import os
from collections.abc import Iterator, Sequence
from pathlib import Path

from conductor_tui.adapters.api.inside import Inside
from conductor_tui.adapters.api.server import HttpWay
from conductor_tui.adapters.ingest.datagrams import UdpDatagrams, UnixDatagrams
from conductor_tui.adapters.ingest.notify import NotifySocket
from conductor_tui.adapters.ingest.places import BEATS_SOCKET, NOTIFY_FOLDER
from conductor_tui.domain.settings import AgentSettings, ListenSettings
from conductor_tui.places import HTTP_SOCKET, runtime_folder
from conductor_tui.ports import Way


def open_ways(
    listen: ListenSettings,
    agents: Sequence[AgentSettings],
    inside: Inside | None = None,
) -> Sequence[Way]:
    """Return the ways in, none of them open yet. HTTP reaches `inside`."""
    folder = runtime_folder(os.environ, os.geteuid())
    return tuple(_ways(listen, agents, folder, inside))


def _ways(
    listen: ListenSettings,
    agents: Sequence[AgentSettings],
    folder: Path,
    inside: Inside | None,
) -> Iterator[Way]:
    if listen.socket != "":
        yield HttpWay(Path(listen.socket or folder / HTTP_SOCKET), inside=inside)
    if listen.http:
        yield HttpWay(
            listen.http,
            token=listen.token,
            inside=inside,
            certificate=listen.certificate,
            key=listen.key,
        )
    if listen.datagrams != "":
        yield UnixDatagrams(Path(listen.datagrams or folder / BEATS_SOCKET))
    if listen.udp:
        yield UdpDatagrams(listen.udp)
    for one in agents:
        if one.notify:
            yield NotifySocket(one.spec.agent, folder / NOTIFY_FOLDER)
