"""One agent closely: how it is, its rhythm, its beats, its runs and its timeline."""

from collections.abc import Sequence
from datetime import datetime

from conductor_tui.domain.agent import AgentView
from conductor_tui.domain.alert import SubjectKind
from conductor_tui.domain.duration import format_duration
from conductor_tui.domain.events import Envelope
from conductor_tui.domain.heartbeat import BeatKind
from conductor_tui.domain.ids import AgentId
from conductor_tui.domain.snapshot import Snapshot
from conductor_tui.tui.present.agent_beats import Beat, beats, missed, usual_s
from conductor_tui.tui.present.agent_note import note_lines
from conductor_tui.tui.present.agent_plot import interval_plot
from conductor_tui.tui.present.agent_words import (
    KIND_WORDS,
    UNWELL,
    agent_face,
    rule,
    running,
    steps,
    worse,
)
from conductor_tui.tui.present.alert_words import subject_lines
from conductor_tui.tui.present.events_page import agent_of, spoken
from conductor_tui.tui.present.glyphs import CURSOR
from conductor_tui.tui.present.lens import Lens
from conductor_tui.tui.present.spans import (
    Line,
    Span,
    Tone,
    clip,
    ends,
    fit,
    fit_line,
    fit_right,
    marked,
)
from conductor_tui.tui.present.words import (
    HEALTH_TONES,
    age,
    span,
    stamp,
    stamp_width,
)

_MARGIN = "   "
_STANDS = 26
_SIDE_BY_SIDE = 110
_KIND = 9
_PLOT_SHORT, _PLOT_TALL, _TALL = 4, 8, 30
_KIND_TONES: dict[BeatKind, Tone] = {
    BeatKind.WARN: "degraded",
    BeatKind.FAIL: "failed",
    BeatKind.STOP: "held",
}


def agent_page(
    view: AgentView,
    snapshot: Snapshot,
    lens: Lens,
    size: tuple[int, int],
    window_s: float,
    picked: float | None,
) -> tuple[Line, ...]:
    """Return the page for `size` cells. `picked` is the moment (Unix seconds) of the
    beat whose metadata is shown; None: the newest.
    """
    width, height = size
    known = beats(view)
    blank = fit_line((), width)
    tall = _PLOT_TALL if height >= _TALL else _PLOT_SHORT
    chosen = pick(known, picked)
    return (
        *_heading(view, lens, width),
        blank,
        *subject_lines(snapshot, SubjectKind.AGENT, view.agent, lens, width),
        *interval_plot(view, lens, width, tall, window_s),
        fit_line(_counters(view, known), width),
        blank,
        *_chosen(view, chosen, known, lens, width),
        blank,
        *_tables(view, snapshot, known, chosen, lens, width),
    )


def gone(agent: str, width: int) -> tuple[Line, ...]:
    """Return the page of an agent that nobody listens for any more."""
    return (
        fit_line((Span(" ? "), Span(agent, "title")), width),
        fit_line((Span(f"{_MARGIN}is not listened for any more", "muted"),), width),
    )


def pick(known: Sequence[Beat], picked: float | None) -> Beat | None:
    """Return the beat of that moment; the newest where it is not kept any more."""
    newest = known[-1] if known else None
    return next((beat for beat in known if beat.at == picked), newest)


def happened(snapshot: Snapshot, agent: AgentId) -> list[Envelope]:
    """Return what is kept of what happened to an agent, newest first."""
    return [one for one in reversed(snapshot.events) if agent_of(one.event) == agent]


def _heading(view: AgentView, lens: Lens, width: int) -> list[Line]:
    spec, shown = view.spec, agent_face(view)
    lasted = age(view.since, lens)
    stands = (shown.badge, Span(f" for {lasted} " if lasted else " ", "muted"))
    name = Span(clip(view.agent, max(1, width - _STANDS)), "title")
    tags = ", ".join(spec.tags)
    parts = (
        f"group {spec.group}" if spec.group else "",
        f"tags {tags}" if tags else "",
        f"via {view.last.via}" if view.last and view.last.via else "",
        spec.origin,
    )
    return [
        ends((Span(" "), shown.sign, Span(" "), name), stands, width),
        fit_line((Span(f"{_MARGIN}{rule(view)}", "muted"),), width),
        fit_line((Span(_MARGIN + "   ".join(filter(None, parts)), "muted"),), width),
        fit_line((), width),
        *_now(view, lens, width),
        fit_line(_ladder(view), width),
    ]


def _now(view: AgentView, lens: Lens, width: int) -> list[Line]:
    """The last beat, what comes next, and why it is as it is."""
    heard = age(view.heard_at, lens)
    never = "when it beat last is not known" if view.beats else "never heard"
    last = f"last beat {heard} ago" if heard else never
    spans = [Span(_MARGIN), Span(last)]
    if then := worse(view, lens):
        spans.append(Span(f"   {then}", "muted"))
    if run := running(view, lens):
        spans.append(Span(f"   {run}", "accent"))
    lines = [fit_line(spans, width)]
    if view.why:
        tone = HEALTH_TONES[view.health] if view.health in UNWELL else "muted"
        lines.append(fit_line((Span(_MARGIN), Span(view.why, tone)), width))
    return lines


def _ladder(view: AgentView) -> list[Span]:
    """Its boundaries: `DEGRADED at 7.5s   CRITICAL at 12.5s   FAILED at 17.5s`."""
    found = steps(view)
    spans = [Span(_MARGIN)]
    for at, health in found.ladder:
        when = format_duration(round(at, 1 if at >= 1 else 3))
        if found.is_due:
            when = "once it is due" if at <= 0 else f"{when} after it is due"
        spans += [
            Span(health.value, HEALTH_TONES[health]),
            Span(f" {'' if found.is_due else 'at '}{when}   ", "muted"),
        ]
    if found.is_learned:
        spans.append(Span("learned from its intervals", "muted"))
    elif not found.is_due:
        spans.append(Span("of silence", "muted"))
    return spans


def _counters(view: AgentView, known: Sequence[Beat]) -> list[Span]:
    failed = sum(beat.kind is BeatKind.FAIL for beat in known)
    warned = sum(beat.kind is BeatKind.WARN for beat in known)
    lost = 0 if view.spec.cron else missed(known, usual_s(view, known))
    took = sorted([b.duration_s for b in known if b.duration_s is not None])
    spans = [Span(f"{_MARGIN}beats ", "muted"), Span(f"{view.beats:,}")]
    counts: tuple[tuple[str, int, Tone], ...] = (
        ("failed", failed, "failed"),
        ("warned", warned, "degraded"),
        ("missed", lost, "degraded"),
    )
    for label, count, tone in counts:
        spans.append(Span(f"   {label} ", "muted"))
        spans.append(Span(f"{count}", tone if count else "plain"))
    if took:
        median = took[(len(took) - 1) // 2]
        spans += [Span("   runs ", "muted"), Span(f"{len(took)}")]
        spans += [Span(", usually ", "muted"), Span(span(median))]
        spans += [Span(", at most ", "muted"), Span(span(took[-1]))]
    return spans


def _chosen(
    view: AgentView, beat: Beat | None, known: Sequence[Beat], lens: Lens, width: int
) -> list[Line]:
    """One beat with its metadata, and for the newest with its words."""
    if beat is None:
        return [fit_line((Span(f"{_MARGIN}no beat yet", "muted"),), width)]
    is_newest = beat is known[-1]
    which = "Newest beat" if is_newest else "Beat"
    start = [Span(_MARGIN), Span(which, "title"), Span("  ")]
    lines = [fit_line((*start, *_beat_spans(beat, lens, 0)), width)]
    last = view.last if is_newest else None
    if last is not None:
        facts = (
            ("words", last.words),
            ("run", last.run),
            ("exit code", "" if last.exit_code is None else f"{last.exit_code}"),
            ("via", last.via),
        )
        lines += [_pair(key, value, width) for key, value in facts if value]
    pairs = note_lines(beat.note)
    lines += [_pair(key, value, width) for key, value in pairs]
    if not pairs:
        lines.append(_pair("", "no metadata", width))
    return lines


def _pair(key: str, value: str, width: int) -> Line:
    name = Span(f"{_MARGIN}  {fit(key, 14)}  " if key else f"{_MARGIN}  ", "muted")
    return fit_line((name, Span(value, "plain" if key else "muted")), width)


def _tables(
    view: AgentView,
    snapshot: Snapshot,
    known: Sequence[Beat],
    chosen: Beat | None,
    lens: Lens,
    width: int,
) -> list[Line]:
    """Beats and timeline: side by side where there is room."""
    wide = width >= _SIDE_BY_SIDE
    left = width // 2 if wide else width
    first = _beats(known, chosen, lens, left)
    second = _timeline(snapshot, view.agent, lens, width - left if wide else width)
    if not wide:
        return [*second, fit_line((), width), *first]
    count = max(len(first), len(second))
    first += [fit_line((), left)] * (count - len(first))
    second += [fit_line((), width - left)] * (count - len(second))
    return [(*a, *b) for a, b in zip(first, second, strict=True)]


def _beats(
    known: Sequence[Beat], chosen: Beat | None, lens: Lens, width: int
) -> list[Line]:
    """The beats that are kept, newest first; a sign stands before the chosen one."""
    words = Span("  left and right choose one", "muted")
    lines = [fit_line((Span(_MARGIN), Span("Beats", "title"), words), width)]
    moments = [_moment(beat, lens) for beat in known]
    clock = stamp_width(moments, lens)
    for beat in reversed(known):
        sign = CURSOR if beat is chosen else " "
        line = fit_line(
            (
                Span(f" {sign} ", "accent"),
                *_beat_spans(beat, lens, clock),
                Span(f"  {beat.note}", "muted"),
            ),
            width,
        )
        lines.append(marked(line) if beat is chosen else line)
    return lines


def _moment(beat: Beat, lens: Lens) -> datetime:
    return datetime.fromtimestamp(beat.at, lens.now.tzinfo)


def _beat_spans(beat: Beat, lens: Lens, clock: int) -> list[Span]:
    """When, what, how long after the one before, and how long its run took."""
    when = fit(stamp(_moment(beat, lens), lens), clock) if clock else ""
    when = when or stamp(_moment(beat, lens), lens)
    after = "" if beat.after_s is None else f"+{span(beat.after_s)}"
    took = "" if beat.duration_s is None else f"took {span(beat.duration_s)}"
    return [
        Span(f"{when}  ", "muted"),
        Span(fit(KIND_WORDS[beat.kind], _KIND), _KIND_TONES.get(beat.kind, "plain")),
        Span(fit_right(after, 8), "muted"),
        Span(f"  {fit(took, 11)}" if took else "", "plain"),
    ]


def _timeline(snapshot: Snapshot, agent: AgentId, lens: Lens, width: int) -> list[Line]:
    """What happened to the agent, and who asked for it, newest first."""
    lines = [fit_line((Span(_MARGIN), Span("Timeline", "title")), width)]
    told = happened(snapshot, agent)
    clock = stamp_width((envelope.at for envelope in told), lens)
    for envelope in told:
        words = spoken(envelope.event, lens)
        if words is None:  # as hoped for: the first word was a good one
            continue
        line = (
            Span(f"{_MARGIN}{fit(stamp(envelope.at, lens), clock)}  ", "muted"),
            Span(fit(words.head, 16), words.tone),
            Span(f"  {words.detail}", "muted"),
        )
        lines.append(ends(line, (Span(" "),), width))
    if len(lines) == 1:
        lines.append(fit_line((Span(f"{_MARGIN}nothing is kept", "muted"),), width))
    return lines
