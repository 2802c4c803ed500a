"""Which protocol a path belongs to."""

from collections.abc import Callable
from typing import TypeAlias

from conductor_tui.adapters.api import alerts, commands, past, stream
from conductor_tui.adapters.api.door import Door
from conductor_tui.adapters.api.exchange import Answering, Ask, error
from conductor_tui.adapters.api.ingest import beats, consul, gatus, healthchecks, kuma

Protocol: TypeAlias = Callable[[Ask, Door], Answering]

_BY_PREFIX: tuple[tuple[str, Protocol], ...] = (
    ("/v1/agents/", beats.answer),
    ("/v1/agent/", consul.answer),
    ("/ping/", healthchecks.answer),
    ("/api/push/", kuma.answer),
    ("/api/v1/endpoints/", gatus.answer),
    ("/v1/alerts/", alerts.answer),
    ("/v1/silences/", alerts.answer),
    ("/v1/deliveries/", alerts.answer),
)
_BY_PATH: dict[str, Protocol] = {
    "/v1/agents": beats.answer,
    "/v1/alerts": alerts.answer,
    "/v1/silences": alerts.answer,
    "/healthz": beats.healthz,
    "/v1/commands": commands.answer,
    "/v1/hello": stream.hello,
    "/v1/past": past.answer,
    "/v1/past/step": past.answer,
    "/v1/past/events": past.answer,
    "/v1/stream": stream.stream,
}


def answer(ask: Ask, door: Door) -> Answering:
    path = ask.path
    for prefix, protocol in _BY_PREFIX:
        if path.startswith(prefix):
            return protocol(ask, door)
    exact = _BY_PATH.get(path)
    if exact is not None:
        return exact(ask, door)
    return error(404, "nothing is at this address")  # it may hold a secret: no echo
