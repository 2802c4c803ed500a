"""The programs that ask a breaker before each call: how many, and do they go by it?

Only who is here now can be counted: of the past, and of a conductor that is not heard,
nothing is said.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from conductor_tui.domain.breaker import BreakerState, BreakerView
from conductor_tui.domain.client import Applied, ClientView, Holding, Traffic, holders
from conductor_tui.domain.ids import ClientId, PlatformName
from conductor_tui.domain.roster import Roster
from conductor_tui.domain.snapshot import Mode, Snapshot
from conductor_tui.tui.present.lens import Lens
from conductor_tui.tui.present.listing import listing
from conductor_tui.tui.present.spans import Line, Span, cells, ends, text_of

LATE_S = 1.0  # a word that is not in force after it needs a person
_NAMED = 2
_LEAST = 10  # " on 18/20 "
_HERE = (Mode.STARTING, Mode.LIVE)


@dataclass(frozen=True, slots=True)
class Reach:
    """The clients that hold one breaker, and what each does with it."""

    held: tuple[tuple[ClientView, Holding], ...] = ()

    @property
    def traffic(self) -> Traffic:
        return sum((one.traffic for _, one in self.held), start=Traffic())

    def applied(self, breaker: BreakerView) -> Applied:
        count = sum(one.epoch == breaker.epoch for _, one in self.held)
        return Applied(count, len(self.held))

    def is_late(self, breaker: BreakerView, lens: Lens) -> bool:
        """True when one that has been told for LATE_S still does not go by it."""
        return any(
            is_late(client, holding, breaker, lens) for client, holding in self.held
        )


def is_late(
    client: ClientView, holding: Holding, breaker: BreakerView, lens: Lens
) -> bool:
    """True when it does not go by the breaker, and was told LATE_S ago."""
    if holding.epoch == breaker.epoch:
        return False
    told_at = max(client.at, breaker.since) if breaker.since else client.at
    return lens.age_s(told_at) > LATE_S


NO_REACH = Reach()
NOWHERE: Mapping[PlatformName, Reach] = MappingProxyType({})


def are_known(snapshot: Snapshot) -> bool:
    """True when the snapshot tells who is here now."""
    return snapshot.mode in _HERE and snapshot.lost is None


def reach(snapshot: Snapshot, name: PlatformName) -> Reach:
    """Return who holds the breaker of one platform."""
    if not are_known(snapshot):
        return NO_REACH
    return Reach(holders(snapshot.clients.in_order(), name))


class Reaches:
    """Who holds each breaker, found anew only when a client said something."""

    def __init__(self) -> None:
        self._of: Roster[ClientId, ClientView] | None = None
        self._found: Mapping[PlatformName, Reach] = NOWHERE

    def of(self, snapshot: Snapshot) -> Mapping[PlatformName, Reach]:
        """Return those that anybody holds."""
        if not are_known(snapshot) or not snapshot.clients:
            return NOWHERE
        if snapshot.clients is not self._of:
            self._of = snapshot.clients
            self._found = _by_platform(snapshot.clients.in_order())
        return self._found


def _by_platform(clients: Iterable[ClientView]) -> Mapping[PlatformName, Reach]:
    held: dict[PlatformName, list[tuple[ClientView, Holding]]] = {}
    for client in clients:
        for name, holding in client.holdings.items():
            held.setdefault(name, []).append((client, holding))
    return {name: Reach(tuple(some)) for name, some in held.items()}


@dataclass(frozen=True, slots=True)
class Note:
    """What a card or a row says of clients. `calls` is a rate in words; `applied` and
    `is_late` tell whether the breaker is in force everywhere.
    """

    calls: str
    applied: Applied
    is_late: bool

    @property
    def words(self) -> Span:
        """Return `applied on 18/20`: it stands out while somebody should look."""
        text = f"applied on {self.applied.words}"
        return Span(text, "degraded" if self.is_late else "muted")

    @property
    def short(self) -> Span:
        return Span(f"on {self.applied.words}", self.words.tone)


def note(reached: Reach | None, breaker: BreakerView, lens: Lens) -> Note | None:
    """Return the note; None where nobody holds the breaker."""
    if reached is None or not reached.held:
        return None
    return Note(
        per_second(sum(one.traffic.calls_hz for _, one in reached.held)),
        reached.applied(breaker),
        reached.is_late(breaker, lens),
    )


def with_note(line: Line, noted: Note | None, breaker: BreakerView, width: int) -> Line:
    """Return the line with the note at its right, where a glance should tell it: there
    is a verdict, or one is not obeyed. What is well gives way to the line's words.
    """
    if noted is None or not (noted.is_late or breaker.state is not BreakerState.CLOSED):
        return line
    taken = cells((Span(text_of(line).rstrip()),))
    for said in (noted.words, noted.short):
        if taken + 2 + cells((said,)) < width:
            return ends(line, (Span(" "), said, Span(" ")), width)
    if not noted.is_late or width < _LEAST:
        return line
    is_full = taken >= width >= 3 * _LEAST  # of bars, which say as much when cut
    said = noted.words if is_full else noted.short
    return ends(line, (Span(" "), said, Span(" ")), width)


def per_second(hz: float) -> str:
    """Return a rate in at most 6 cells: `0/s`, `0.4/s`, `199/s`, `1.2k/s`."""
    if hz < 0.05:
        return "<0.1/s" if hz else "0/s"
    unit = "" if hz < 999.5 else "k" if hz < 999_500 else "M"
    hz /= {"": 1, "k": 1e3, "M": 1e6}[unit]
    return f"{hz:.1f}{unit}/s" if hz < 9.95 else f"{hz:.0f}{unit}/s"


def blast_radius(snapshot: Snapshot, names: Sequence[PlatformName]) -> str:
    """Say what a trip of these platforms stops: clients, the busiest first, and checks;
    where clients are not known only those.
    """
    their = "Its" if len(names) == 1 else "Their"
    checks = f"{their} checks stop at once"
    if not are_known(snapshot):
        return f"{checks}."
    asking = _asking(snapshot, names)
    if not asking:
        it = "it" if len(names) == 1 else "them"
        return f"No client holds {it}: only {their.lower()} checks stop, at once."
    calls = sum(hz for hz, _ in asking)
    rate = (
        f"{per_second(calls).removesuffix('/s')} calls/s" if calls else "no calls now"
    )
    clients = "1 client" if len(asking) == 1 else f"{len(asking)} clients"
    who = listing([words for _, words in asking], _NAMED)
    return f"Stops {clients} ({rate}): {who}. {checks}."


def _asking(
    snapshot: Snapshot, names: Sequence[PlatformName]
) -> list[tuple[float, str]]:
    """Return (calls a second, words) of who holds any of them, the busiest first."""
    found = []
    for client in snapshot.clients.in_order():
        held = [client.holdings[name] for name in names if name in client.holdings]
        if held:
            calls_hz = sum(one.traffic.calls_hz for one in held)
            found.append((calls_hz, client.words))
    return sorted(found, key=lambda one: (-one[0], one[1]))
