"""The top of a platform's page: who it is, how it is, why, and what happens next."""

from conductor_tui.domain.ids import PlatformName
from conductor_tui.domain.snapshot import PlatformView
from conductor_tui.tui.present.clients import Note
from conductor_tui.tui.present.lens import Lens
from conductor_tui.tui.present.spans import (
    Line,
    Span,
    Tone,
    cells,
    clip,
    ends,
    fit_line,
)
from conductor_tui.tui.present.why import Why, why
from conductor_tui.tui.present.words import age, face, reason_tone, since

_MARGIN = "   "
_STANDS = 26  # "CRITICAL for 365 d " and some air


def heading(
    view: PlatformView,
    lens: Lens,
    width: int,
    behind: PlatformName | None = None,
    applied: Note | None = None,
) -> tuple[Line, ...]:
    """Return the heading's lines: what may change every second. `applied` tells in how
    many clients the breaker is in force; None: nobody holds it.
    """
    spec = view.spec
    tags = ", ".join(spec.tags)
    parts = (
        f"group {spec.group}" if spec.group else "",
        f"tags {tags}" if tags else "",
        spec.origin,
    )
    origin = "   ".join(filter(None, parts))
    return (
        _name(view, lens, width, behind),
        fit_line((Span(f"{_MARGIN}{spec.probe}  {spec.target}", "muted"),), width),
        fit_line((Span(f"{_MARGIN}{origin}", "muted"),), width),
        fit_line((), width),
        *_with_note(_reason(view, lens, width, behind), applied, width),
        fit_line((), width),
    )


def unknown(name: str, width: int) -> tuple[Line, ...]:
    """Return the page of a platform that is not watched any more."""
    return (
        fit_line((Span(" ? "), Span(name, "title")), width),
        fit_line((Span(f"{_MARGIN}is not watched any more", "muted"),), width),
    )


def _name(
    view: PlatformView, lens: Lens, width: int, behind: PlatformName | None
) -> Line:
    shown = face(view, lens.now, behind)
    lasted = age(since(view), lens)
    stands = (shown.badge, Span(f" for {lasted} " if lasted else " ", "muted"))
    name = Span(clip(view.name, max(1, width - _STANDS)), "title")
    return ends((Span(" "), shown.sign, Span(" "), name), stands, width)


def _reason(
    view: PlatformView, lens: Lens, width: int, behind: PlatformName | None
) -> list[Line]:
    """The why line. Where it is too long, what happens next has a line of its own:
    it is what a person waits for.
    """
    reason = why(view, lens, behind)
    quiet = face(view, lens.now).quiet
    tone: Tone = "muted" if quiet else reason_tone(view)
    whole = _sentence(reason, reason.sentence, tone)
    if cells(whole) <= width:
        return [whole]
    return [_sentence(reason, reason.told, tone), (Span(_MARGIN + reason.then),)]


def _with_note(lines: list[Line], applied: Note | None, width: int) -> list[Line]:
    """Put at the right of the last line on how many clients it is applied; where there
    is no room, on a line of its own.
    """
    if applied is None:
        return [fit_line(line, width) for line in lines]
    *above, last = lines
    end = (applied.words, Span(" "))
    if cells(last) + cells(end) < width:
        last = ends(last, end, width)
        return [*(fit_line(line, width) for line in above), last]
    own = (Span(_MARGIN), applied.words)
    return [fit_line(line, width) for line in (*lines, own)]


def _sentence(reason: Why, text: str, tone: Tone) -> Line:
    """Colour the sentence: staleness and the breaker's word stand out."""
    stale = f"{reason.stale}, " if reason.stale else ""
    head = " ".join(filter(None, (reason.state, reason.run)))
    rest = text.removeprefix(stale).removeprefix(head)
    return Span(_MARGIN), Span(stale, "degraded"), Span(head, tone), Span(rest)
