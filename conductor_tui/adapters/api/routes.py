"""Which protocol a path belongs to."""

from collections.abc import Callable
from http import HTTPStatus
from typing import TypeAlias

from conductor_tui.adapters.api import (
    alerts,
    clients,
    commands,
    events,
    health,
    letters,
    metrics,
    openapi,
    past,
    plugins,
    requests,
    resources,
    stream,
)
from conductor_tui.adapters.api.door import Door
from conductor_tui.adapters.api.exchange import (
    Answer,
    Answering,
    Ask,
    Streaming,
    error,
)
from conductor_tui.adapters.api.ingest import beats, consul, gatus, healthchecks, kuma

Protocol: TypeAlias = Callable[[Ask, Door], Answering]


def _once_kept(protocol: Protocol) -> Protocol:
    """Answer what brings heartbeats once they are in the journal: whoever was told
    that one is taken need not send it again after a crash.
    """

    def answer(ask: Ask, door: Door) -> Answering:
        given = protocol(ask, door)
        if door.session is None or _only_asks(ask):
            return given
        return _after_kept(given, door)

    return answer


def _only_asks(ask: Ask) -> bool:
    return ask.method in ("GET", "HEAD") and ask.path.startswith("/v1/")


async def _after_kept(given: Answering, door: Door) -> Answer | Streaming:
    given = given if isinstance(given, Answer | Streaming) else await given
    if isinstance(given, Answer) and given.status < HTTPStatus.MULTIPLE_CHOICES:
        await door.inside.kept()
    return given


_BY_PREFIX: tuple[tuple[str, Protocol], ...] = (
    ("/v1/agents/", _once_kept(beats.answer)),
    ("/v1/agent/", _once_kept(consul.answer)),
    ("/ping/", _once_kept(healthchecks.answer)),
    ("/api/push/", _once_kept(kuma.answer)),
    ("/api/v1/endpoints/", _once_kept(gatus.answer)),
    ("/v1/platforms/", resources.answer),
    ("/v1/breakers/", resources.answer),
    ("/v1/clients/", clients.answer),
    ("/v1/plugins/", plugins.answer),
    ("/v1/alerts/", alerts.answer),
    ("/v1/silences/", alerts.answer),
    ("/v1/deliveries/", alerts.answer),
    ("/v1/dead-letters/", letters.answer),
)
_BY_PATH: dict[str, Protocol] = {
    "/v1/agents": beats.answer,
    "/v1/alerts": alerts.answer,
    "/v1/silences": alerts.answer,
    "/healthz": health.healthz,
    "/readyz": health.readyz,
    "/metrics": metrics.answer,
    "/v1/status": resources.answer,
    "/v1/platforms": resources.answer,
    "/v1/breakers": resources.answer,
    "/v1/events": events.answer,
    "/v1/commands": commands.answer,
    "/v1/clients": clients.answer,
    "/v1/plugins": plugins.answer,
    "/v1/requests": requests.answer,
    "/v1/dead-letters": letters.answer,
    "/v1/hello": stream.hello,
    "/v1/past": past.answer,
    "/v1/past/step": past.answer,
    "/v1/past/events": past.answer,
    "/v1/stream": stream.stream,
    "/v1/openapi.json": openapi.answer,
}


def paths() -> tuple[str, ...]:
    """Return every path that is routed; what ends in `/` is the beginning of many."""
    return (*(prefix for prefix, _ in _BY_PREFIX), *_BY_PATH)


def answer(ask: Ask, door: Door) -> Answering:
    path = ask.path
    for prefix, protocol in _BY_PREFIX:
        if path.startswith(prefix):
            return protocol(ask, door)
    exact = _BY_PATH.get(path)
    if exact is not None:
        return exact(ask, door)
    return error(404, "nothing is at this address")  # it may hold a secret: no echo
