"""What clients do with one platform's breaker: a line of their traffic, and a table."""

from collections.abc import Sequence
from dataclasses import dataclass

from rich.cells import cell_len

from conductor_tui.domain.breaker import BreakerState, BreakerView
from conductor_tui.domain.client import ClientView, Holding, Traffic
from conductor_tui.tui.present.clients import Reach, is_late, per_second
from conductor_tui.tui.present.lens import Lens
from conductor_tui.tui.present.spans import (
    Line,
    Span,
    Tone,
    fit,
    fit_line,
    fit_right,
)
from conductor_tui.tui.present.words import BREAKER_WORDS, age

_MARGIN = "   "
_NOBODY = " no program asks (conductor_tui.client, conductor-tui admit)"
_CALM, _MOST = 10, 40  # lines: where nobody is needed, and where many are
_RATE = 6
_NAMES = (8, 28)
_WHO, _WHO_FROM, _WIDE = 28, 110, 160


@dataclass(frozen=True, slots=True)
class _Row:
    """One client: `needs` sorts those first that somebody should look at."""

    client: ClientView
    holding: Holding
    needs: int
    word: Span

    @property
    def key(self) -> tuple[int, str, int, str]:
        return -self.needs, self.client.name, self.client.pid or 0, self.client.id


def traffic_line(reach: Reach, breaker: BreakerView, width: int) -> Line:
    """Return what goes through the breaker in all clients together; without one, how
    programs get there.
    """
    label = Span(f"{_MARGIN}traffic ", "muted")
    if not reach.held:
        return fit_line((label, Span(_NOBODY, "muted")), width)
    sum_ = reach.traffic
    clients = "1 client" if len(reach.held) == 1 else f"{len(reach.held)} clients"
    is_shut = breaker.state is not BreakerState.CLOSED
    line = (
        label,
        *_rate(sum_.calls_hz),
        Span("   failed ", "muted"),
        *_rate(sum_.failed_hz, "failed"),
        Span("   rejected ", "muted"),
        *_rate(sum_.rejected_hz, "plain" if is_shut else "degraded"),
        Span(f"   from {clients}", "muted"),
    )
    return fit_line(line, width)


def clients_table(
    reach: Reach, breaker: BreakerView, lens: Lens, width: int
) -> tuple[Line, ...]:
    """Return a title, a line for each client and a blank; nothing without clients. Who
    does not go by the breaker, or has one of its own open, stands on top.
    """
    if not reach.held:
        return ()
    rows = [_row(client, one, breaker, lens) for client, one in reach.held]
    rows.sort(key=lambda row: row.key)
    needing = sum(bool(row.needs) for row in rows)
    shown = rows[: max(_CALM, min(_MOST, needing))]
    size = _widths(shown, width)
    lines = [_title(size), *(_line(row, lens, size) for row in shown)]
    if more := len(rows) - len(shown):
        calm = ", which need nobody" if needing <= len(shown) else ""
        lines.append((Span(f"{_MARGIN}and {more} more{calm}", "muted"),))
    return tuple(fit_line(line, width) for line in (*lines, ()))


def _widths(rows: Sequence[_Row], width: int) -> tuple[int, int]:
    """Return how wide the names are, and who they are; 0: there is no room for that."""
    names = max(cell_len(row.client.words) for row in rows)
    who = max(cell_len(_who(row.client)) for row in rows)
    name = max(_NAMES[0], min(_NAMES[1], names, width // 3))
    most = (_WHO if width < _WIDE else 2 * _WHO) if width >= _WHO_FROM else 0
    return name, min(most, who)


def _title(size: tuple[int, int]) -> Line:
    name, who = size
    heads = (
        f"  {fit('who', who) if who else ''}{fit_right('since', 6)}  "
        f"{fit_right('calls', _RATE)}  {fit_right('failed', _RATE)}  "
        f"{fit_right('rejected', 8)}  goes by"
    )
    return Span(_MARGIN), Span(fit("Clients", name), "title"), Span(heads, "muted")


def _line(row: _Row, lens: Lens, size: tuple[int, int]) -> Line:
    client, (name, who) = row.client, size
    from_whom = fit(_who(client), who) if who else ""
    return (
        Span(_MARGIN + fit(client.words, name)),
        Span(f"  {from_whom}{fit_right(age(client.at, lens), 6)}  ", "muted"),
        *_rates(row.holding.traffic),
        Span("  "),
        row.word,
    )


def _rates(sent: Traffic) -> Line:
    return (
        *_rate(sent.calls_hz, "plain"),
        Span("  "),
        *_rate(sent.failed_hz, "failed"),
        Span("    "),
        *_rate(sent.rejected_hz, "plain"),
    )


def _rate(hz: float, tone: Tone = "plain") -> Line:
    """Return a rate at the right of its column; quiet where there is nothing."""
    words = per_second(hz)
    blank = Span(" " * (_RATE - len(words)), "muted")
    return blank, Span(words, tone if hz else "muted")


def _who(client: ClientView) -> str:
    """Return its user and from where; the pid stands behind its name already."""
    origin = client.origin.removesuffix(f", pid {client.pid}")
    return ", ".join(filter(None, (client.by, origin)))


def _row(
    client: ClientView, holding: Holding, breaker: BreakerView, lens: Lens
) -> _Row:
    if holding.epoch != breaker.epoch:
        late = is_late(client, holding, breaker, lens)
        words = "no word of ours yet" if holding.epoch is None else "not yet"
        return _Row(
            client, holding, 2 * late, Span(words, "degraded" if late else "muted")
        )
    if breaker.state is not BreakerState.CLOSED:  # its own counting decides nothing
        return _Row(client, holding, 0, Span("applied", "muted"))
    error = f": {holding.error}" if holding.error else ""
    if holding.state is not BreakerState.CLOSED:
        words = f"own {BREAKER_WORDS[holding.state]}{error}"
        return _Row(client, holding, 1, Span(words, "failed"))
    run = f", {holding.streak} failed in a row{error}" if holding.streak else ""
    return _Row(client, holding, 0, Span(f"applied{run}", "muted"))
