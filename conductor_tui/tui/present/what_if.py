"""What other rules would have made of the recorded results, side by side."""

from collections.abc import Iterator, Sequence

from conductor_tui.domain.breaker import BreakerState
from conductor_tui.domain.check import CheckSpec
from conductor_tui.domain.duration import format_duration, parse_duration
from conductor_tui.domain.events import BreakerChanged
from conductor_tui.domain.snapshot import PlatformView
from conductor_tui.domain.what_if import (
    Recorded,
    Replayed,
    Rules,
    Suggestion,
    replay,
    suggestions,
)
from conductor_tui.tui.present.spans import Line, Span, Tone, fit_line, fit_right
from conductor_tui.tui.present.words import span
from conductor_tui.tui.present.wrapping import wrapped

MOST_RESULTS = 20_000  # are judged anew with each letter that is typed
_LABEL, _CELL = 20, 12


def recorded(view: PlatformView) -> Sequence[Recorded]:
    """Return what is judged: the newest results of the window."""
    return view.results(MOST_RESULTS)


def opened(view: PlatformView, results: Sequence[Recorded]) -> int:
    """Return how often its breaker really opened by itself in that time, as far as
    its timeline goes.
    """
    first = results[0][0] if results else float("inf")
    return sum(
        isinstance(one.event, BreakerChanged)
        and one.event.was is BreakerState.CLOSED
        and one.event.breaker.state is BreakerState.OPEN
        and one.at.timestamp() >= first
        for one in view.timeline
    )


def read_rules(failures: str, timeout: str, interval: str) -> Rules:
    """Return what was typed. Raises ValueError, in words."""
    if not failures.isascii() or not failures.isdigit() or not 1 <= int(failures) <= 99:
        raise ValueError(f"failures: {failures!r} is no number from 1 to 99")
    rules = Rules(
        failures=int(failures),
        timeout_s=_seconds("timeout", timeout),
        interval_s=_seconds("interval", interval),
    )
    if rules.timeout_s > rules.interval_s:
        raise ValueError("timeout: longer than the interval")
    return rules


def _seconds(name: str, text: str) -> float:
    try:
        found = parse_duration(text.strip())
    except ValueError as error:
        raise ValueError(f"{name}: {error}") from None
    if found <= 0:
        raise ValueError(f"{name}: longer than 0s")
    return found


def what_if_lines(
    view: PlatformView, results: Sequence[Recorded], rules: Rules, width: int
) -> tuple[Line, ...]:
    """Return the figures by the rules of now and by `rules`, and what really was."""
    usual = Rules.of(view.spec)
    now, then = replay(results, view.spec, usual), replay(results, view.spec, rules)
    titles = _row("", "as it is", "what if", "muted", "muted", width)
    return (
        titles,
        *_figures(now, then, width),
        fit_line((), width),
        *_notes(view, results, then, rules, width),
    )


def _figures(now: Replayed, then: Replayed, width: int) -> Iterator[Line]:
    rows = (
        ("checks", now.checks, then.checks, ""),
        ("bad ones", now.bad, then.bad, "degraded"),
        ("breaker opened", now.trips, then.trips, "failed"),
        ("FAILED, and told", now.failed, then.failed, "failed"),
    )
    for label, before, after, word in rows:
        tone: Tone = "healthy" if word and after < before else "plain"
        if word and after > before:
            tone = "failed" if word == "failed" else "degraded"
        yield _row(label, f"{before:,}", f"{after:,}", "plain", tone, width)
    yield _row("open for", _time(now), _time(then), "plain", "plain", width)


def _time(one: Replayed) -> str:
    return span(one.open_s) if one.open_s else "-"


def _row(
    label: str, before: str, after: str, tone: Tone, other: Tone, width: int
) -> Line:
    line = (
        Span(label.ljust(_LABEL), "muted"),
        Span(fit_right(before, _CELL), tone),
        Span(fit_right(after, _CELL), other),
    )
    return fit_line(line, width)


def _notes(
    view: PlatformView,
    results: Sequence[Recorded],
    then: Replayed,
    rules: Rules,
    width: int,
) -> Iterator[Line]:
    """What the figures cannot know."""
    seen = span(results[-1][0] - results[0][0]) if results else "no time"
    really = opened(view, results)
    times = "opened once" if really == 1 else f"opened {really} times"
    words = [f"Really, in {seen}, it {times if really else 'never opened'}."]
    if then.unsure:
        many = "timeout" if then.unsure == 1 else "timeouts"
        words.append(f"{then.unsure} {many} might have been passes: counted as bad.")
    if rules.interval_s < view.spec.interval_s:
        words.append("What checks in between would have seen, nobody knows.")
    for one in words:
        for part in wrapped(one, width):
            yield fit_line((Span(part, "muted"),), width)


def toml_words(spec: CheckSpec, rules: Rules) -> str:
    """Return what to write into conductor.toml for `rules`; "" for those it has."""
    usual = Rules.of(spec)
    parts = (
        f'timeout = "{format_duration(rules.timeout_s)}"'
        if rules.timeout_s != usual.timeout_s
        else "",
        f'interval = "{format_duration(rules.interval_s)}"'
        if rules.interval_s != usual.interval_s
        else "",
        f"breaker = {{ failures = {rules.failures} }}"
        if rules.failures != usual.failures
        else "",
    )
    return ", ".join(filter(None, parts))


def suggested(view: PlatformView, results: Sequence[Recorded]) -> list[Suggestion]:
    return list(suggestions(results, view.spec))


def suggestion_lines(
    spec: CheckSpec, found: Sequence[Suggestion], width: int
) -> tuple[Line, ...]:
    """Return each suggestion and its reason; or that there is none."""
    if not found:
        words = "nothing to suggest: these rules fit what was recorded"
        return (fit_line((Span(words, "muted"),), width),)
    lines = []
    for one in found:
        text = f"{toml_words(spec, one.rules)}: {one.why}"
        lines += [
            fit_line((Span(part, "accent"),), width) for part in wrapped(text, width)
        ]
    return tuple(lines)
