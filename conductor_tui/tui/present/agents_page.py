"""What stands around the board of agents: how many, the ways in, and how to begin."""

from collections.abc import Container, Iterable, Sequence

from conductor_tui.domain.agent import IngestView, WayIn
from conductor_tui.domain.health import Health
from conductor_tui.domain.ids import AgentId
from conductor_tui.domain.snapshot import Snapshot
from conductor_tui.tui.present.agent_tally import agent_tally, signed, spelled
from conductor_tui.tui.present.agents_order import AgentSort, AgentTaste
from conductor_tui.tui.present.glyphs import HEALTH
from conductor_tui.tui.present.marks import Marks
from conductor_tui.tui.present.spans import (
    Line,
    Span,
    Tone,
    cells,
    clip,
    ends,
    fit_line,
)

_MANY_WAYS = 3  # lines
_LEAST_PLACE = 16  # cells


def agents_title(
    snapshot: Snapshot,
    taste: AgentTaste,
    marks: Marks[AgentId],
    shown: Container[AgentId],
    counts: str,
    width: int,
) -> Line:
    """Return the line above the board. `shown` are the agents that pass the filter,
    `counts` says how many.
    """
    chips = _chips(taste, marks, shown, counts)
    shares = agent_tally(snapshot.agents.in_order())
    tally = spelled(shares)
    start = [Span(" Agents", "title"), Span(f"  {len(snapshot.agents):,}  ", "muted")]
    if chips:
        start.append(Span(f"{chips}  ", "accent"))
    heard = f"  {snapshot.ingest.heard:,} beats " if snapshot.ingest.heard else " "
    ways = ((*tally, Span(heard, "muted")), (*tally, Span(" ")))
    short = (*signed(shares), Span(" "))
    room = width - cells(start)
    return ends(start, next((one for one in ways if cells(one) <= room), short), width)


def _chips(
    taste: AgentTaste, marks: Marks[AgentId], shown: Container[AgentId], counts: str
) -> str:
    parts = []
    if marks.names:
        hidden = sum(name not in shown for name in marks.names)
        tail = f" ({hidden} hidden)" if hidden else ""
        parts.append(f"{len(marks.names)} marked{tail}")
    if taste.sort is not AgentSort.NEED or taste.inverse:
        tail = ", inverted" if taste.inverse else ""
        parts.append(f"by {taste.sort.value}{tail}")
    if taste.filter.terms:
        parts.append(f"filter {counts}: {taste.filter.text}")
    return "  ".join(parts)


def ways_lines(ingest: IngestView, width: int, *, short: bool) -> list[Line]:
    """Return where beats come in, what is wrong there, who came that nobody knows, and
    why something was refused. `short`: only the first thing that is wrong.
    """
    lines = [_trouble(way, width) for way in ingest.ways if way.trouble]
    if ingest.unknown:
        lines.append(_strangers(ingest, width))
    if ingest.refused:
        lines.append(_refused(ingest, width))
    if short:
        return lines[:1]
    fine = [way for way in ingest.ways if not way.trouble]
    return [*_packed(fine, width)[:_MANY_WAYS], *lines]


def begin_lines(width: int) -> list[Line]:
    """Return what an empty board says: how an agent comes to be on it."""
    words: Sequence[tuple[str, Tone]] = (
        ("", "plain"),
        ("No agent is known yet. An agent is anything that beats:", "plain"),
        ("", "plain"),
        ("  conductor-tui beat my-agent", "accent"),
        ("  conductor-tui run my-agent -- any-command --with arguments", "accent"),
        ("", "plain"),
        ("Who may beat stands in conductor.toml. One that is expected:", "muted"),
        ("", "plain"),
        ("  [[agent]]", "plain"),
        ('  name = "my-agent"', "plain"),
        ('  interval = "30s"', "plain"),
        ("", "plain"),
        ("or whoever comes by a first beat:", "muted"),
        ("", "plain"),
        ("  [agents]", "plain"),
        ('  names = ".*"', "plain"),
    )
    return [fit_line((Span(f" {text}", tone),), width) for text, tone in words]


def hidden_lines(width: int) -> list[Line]:
    """The way out of a filter that nothing passes."""
    words = Span(" No agent passes the filter. Esc shows all again.", "muted")
    return [fit_line((words,), width)]


def _trouble(way: WayIn, width: int) -> Line:
    """Say what is wrong at a listener. Where room is short the address gives way: the
    name says which one it is, and the words may begin with the same path.
    """
    path = way.address.removeprefix("unix:")
    sign = Span(f" {HEALTH[Health.FAILED]} ", "failed")
    words = Span(f"  {way.trouble.removeprefix(f'{path}: ')}", "failed")
    room = max(_LEAST_PLACE, width - cells((sign, words)))
    name = Span(clip(f"{way.name} {way.address}".rstrip(), room), "title")
    return fit_line((sign, name, words), width)


def _strangers(ingest: IngestView, width: int) -> Line:
    newest = ", ".join(reversed(ingest.strangers))
    beats = "beat" if ingest.unknown == 1 else "beats"
    return fit_line(
        (
            Span(" unknown   ", "muted"),
            Span(f"{ingest.unknown:,} {beats}", "degraded"),
            Span(" of agents that nobody knows, the newest: ", "muted"),
            Span(newest),
        ),
        width,
    )


def _refused(ingest: IngestView, width: int) -> Line:
    times = "time" if ingest.refused == 1 else "times"
    return fit_line(
        (
            Span(" refused   ", "muted"),
            Span(f"{ingest.refused:,} {times}", "degraded"),
            Span(", the newest: " if ingest.refusal else "", "muted"),
            Span(ingest.refusal),
        ),
        width,
    )


def _packed(ways: Iterable[WayIn], width: int) -> list[Line]:
    """Return the ways in, as many on a line as there is room for."""
    lines: list[list[Span]] = []
    for way in ways:
        spans = [Span(f"{way.name} ", "muted"), Span(f"{way.address}   ")]
        if not lines or cells([*lines[-1], *spans]) > width:
            lines.append([Span(" listens   " if not lines else " " * 11, "muted")])
        lines[-1] += spans
    if not lines:
        lines = [[Span(" listens   nowhere yet", "muted")]]
    return [fit_line(line, width) for line in lines]
