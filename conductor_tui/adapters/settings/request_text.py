"""Settings of requests as text: [requests], [request.NAME], [[route]]."""

from collections.abc import Iterator, Mapping

from conductor_tui.adapters.settings.request_found import Asked
from conductor_tui.adapters.settings.rows import Notes, Row, table_text
from conductor_tui.adapters.settings.toml_text import toml_key
from conductor_tui.domain.dispatch import DispatchSpec, Route
from conductor_tui.domain.duration import format_duration
from conductor_tui.domain.settings import Settings
from conductor_tui.domain.size import format_size


def request_blocks(settings: Settings, notes: Mapping[str, Notes]) -> Iterator[str]:
    """Yield nothing where all is as usual."""
    requests, usual = settings.requests, Asked().settings
    if requests == usual:
        return
    yield table_text("[requests]", _rows(requests.usual), notes.get("requests", {}))
    for name, spec in requests.platforms.items():
        header = f"[request.{toml_key(name)}]"
        yield table_text(header, _rows(spec), notes.get(f"request.{name}", {}))
    for route in requests.routes:
        yield table_text("[[route]]", _of_route(route), {})
    letters = (
        Row("max", requests.letters.count),
        Row("max_size", format_size(requests.letters.size_bytes)),
    )
    yield table_text("[dead_letters]", iter(letters), {})


def _rows(spec: DispatchSpec) -> Iterator[Row]:
    yield Row("at_once", spec.at_once)
    yield Row("waiting", spec.waiting)
    yield Row("attempts", spec.retry.attempts)
    yield Row("deadline", format_duration(spec.deadline_s))
    yield Row("redrives", spec.redrives)
    yield Row("redrive_rate", spec.redrive_rate)


def _of_route(route: Route) -> Iterator[Row]:
    yield Row("type", route.pattern)
    yield Row("to", list(route.to))
    yield Row("choose", route.choose.value)
