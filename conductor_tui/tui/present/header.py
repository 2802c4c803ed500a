"""The first line: which host, how live, and how many of each health."""

from collections.abc import Sequence
from itertools import chain

from conductor_tui.domain.breaker import BreakerState
from conductor_tui.domain.snapshot import Mode, PlatformView, Snapshot
from conductor_tui.tui.present.agent_tally import agents_in_short, unwell_in_short
from conductor_tui.tui.present.alert_words import short_tally as alerts_in_short
from conductor_tui.tui.present.alert_words import tally as alerts_tally
from conductor_tui.tui.present.lens import Lens
from conductor_tui.tui.present.letter_words import letters_in_short
from conductor_tui.tui.present.order import rank
from conductor_tui.tui.present.plugin_note import failed_in_short
from conductor_tui.tui.present.spans import Line, Span, Tone, cells, ends, fit_line
from conductor_tui.tui.present.tally import Share, tally
from conductor_tui.tui.present.viewers import in_short
from conductor_tui.tui.present.why import countdown
from conductor_tui.tui.present.words import BREAKER_WORDS, HEALTH_TONES, stamp

_MODE_TONES: dict[Mode, Tone] = {
    Mode.STARTING: "accent",
    Mode.LIVE: "healthy",
    Mode.STOPPED: "alarm",
    Mode.STALE: "alarm",
    Mode.PAST: "accent",
}
_MODE_SIGNS: dict[Mode, str] = {Mode.STALE: "~ "}


def header(
    snapshot: Snapshot,
    lens: Lens,
    width: int,
    *,
    chips: str = "",
    frozen: bool = False,
) -> Line:
    """Return the header line. The clock stays where it is whatever the tally says.

    `chips` says what is not shown, or not in the usual order; `frozen`: `lens.now` is
    when the picture was stopped.
    """
    shares = tally(snapshot, lens)
    start = _start(snapshot, lens, roomy=width >= 60, frozen=frozen, chips=chips)
    end = _end(snapshot, shares, width - 1 - cells(start))
    return ends(start, (*end, Span(" ")), width)


def _end(snapshot: Snapshot, shares: Sequence[Share], room: int) -> Line:
    """The tallies. Where there is no room for both only unwell agents are counted."""
    long, short = _tally(snapshot, shares), _short_tally(shares)
    beating = agents_in_short(snapshot.agents.in_order())
    if not beating:
        ways = [long]
    else:
        ways = [(*long, Span("   "), *beating), (*short, Span("  "), *beating)]
        if unwell := unwell_in_short(snapshot.agents.in_order()):
            ways.append((*short, Span("  "), *unwell))
    ways = _with(failed_in_short(snapshot), ways)
    ways = _with(letters_in_short(snapshot.letters.in_order()), ways)
    ways = _with(
        (alerts_tally(snapshot.alerts), alerts_in_short(snapshot.alerts)), ways
    )
    if snapshot.platforms:
        named = (Span("platforms  ", "muted"), *ways[0])
        ways = [named, *ways] if room - cells(named) > 1 else ways
    return next((one for one in ways if cells(one) <= room), short)


def _with(said: Sequence[Line], ways: Sequence[Line]) -> list[Line]:
    """Put more behind while there is room: in words, or in short where there is less.
    Nothing is told of what is well.
    """
    found = [(*way, Span("   "), *words) for way in ways for words in said if words]
    return [*found, *ways]


def summary(snapshot: Snapshot, lens: Lens, width: int) -> Line:
    """Return the one line of a terminal too small for more."""
    worst = min(
        snapshot.platforms.in_order(), key=lambda v: rank(v, lens.now), default=None
    )
    short = (*_old(snapshot), *_short_tally(tally(snapshot, lens)), Span("  "))
    culprit = _culprit(worst, lens)
    glue = Span("  " if culprit else "")
    agents = unwell_in_short(snapshot.agents.in_order())
    return fit_line((*short, *culprit, *((glue, *agents) if agents else ())), width)


def _old(snapshot: Snapshot) -> Line:
    """What stands before a summary that is not of this moment."""
    if snapshot.mode is Mode.PAST:
        return Span("PAST", "accent"), Span(" ")
    return (Span("~ STALE", "alarm"), Span(" ")) if snapshot.lost else ()


def _culprit(view: PlatformView | None, lens: Lens) -> Line:
    """The platform that most needs a person; nothing when none does."""
    if view is None:
        return (Span("no platforms", "muted"),)
    if rank(view, lens.now) >= rank(PlatformView(spec=view.spec), lens.now):
        return ()
    state = view.breaker.state
    word = view.health.value if state is BreakerState.CLOSED else BREAKER_WORDS[state]
    tone = "held" if state is BreakerState.HELD else HEALTH_TONES[view.health]
    tail = f"{word} {countdown(view, lens)}".rstrip()
    return Span(f"{view.name} "), Span(tail, tone)


def _start(
    snapshot: Snapshot, lens: Lens, *, roomy: bool, frozen: bool, chips: str
) -> Line:
    host = Span(f" {snapshot.host}  " if snapshot.host else " ", "title")
    sign = _MODE_SIGNS.get(snapshot.mode, "")
    mode = Span(sign + snapshot.mode.value, _MODE_TONES[snapshot.mode])
    stopped_at = snapshot.at if snapshot.mode is Mode.STOPPED else None
    clock = Span(f" {stamp(stopped_at or lens.now, lens)}  ", "muted")
    if frozen:
        mode = Span("FROZEN since" if roomy else "FROZEN", "degraded")
    attached = in_short(snapshot.viewers)
    locked = (Span("READ-ONLY", "degraded"), Span("  ")) if snapshot.read_only else ()
    present = (Span(f"{attached}  ", "muted"),) if roomy and attached else ()
    said = Span(chips and f"{chips}  ", "accent")
    return host, mode, clock, *locked, *present, said


def _tally(snapshot: Snapshot, shares: Sequence[Share]) -> Line:
    if not snapshot.platforms:
        return (Span("no platforms", "muted"),)
    return _join([Span(f"{one.count} {one.words}", one.tone) for one in shares], "  ")


def _short_tally(shares: Sequence[Share]) -> Line:
    return _join([Span(f"{one.glyph}{one.count}", one.tone) for one in shares], " ")


def _join(spans: Sequence[Span], glue: str) -> Line:
    between = chain.from_iterable((Span(glue, "muted"), span) for span in spans)
    return tuple(between)[1:]
