"""The help: every key from the table of actions, and what the signs mean."""

from collections.abc import Iterator, Sequence
from functools import partial

from textual.app import ComposeResult
from textual.screen import Screen

from conductor_tui.domain.health import Health
from conductor_tui.tui import actions
from conductor_tui.tui.action import Action
from conductor_tui.tui.action_table import ACTIONS
from conductor_tui.tui.present import glyphs
from conductor_tui.tui.present.spans import Line, Span, Tone, fit
from conductor_tui.tui.present.words import HEALTH_TONES
from conductor_tui.tui.stylesheets import stylesheet
from conductor_tui.tui.widgets.key_line import KeyLine
from conductor_tui.tui.widgets.page import Page
from conductor_tui.tui.widgets.status_line import StatusLine

_KEYS, _WORD = 9, 16
_WIDE = 80

_HEALTH_WORDS = {
    Health.HEALTHY: "the last check passed; the beats come in time",
    Health.DEGRADED: "one bad check; one beat is missing",
    Health.CRITICAL: "two bad checks in a row; two beats are missing",
    Health.FAILED: "as many as open the breaker, or as an agent may miss",
    Health.UNKNOWN: "not heard from yet",
}
_SIGNS: Sequence[tuple[str, str, str, Tone]] = (
    *(
        (glyphs.HEALTH[health], health.value, words, HEALTH_TONES[health])
        for health, words in _HEALTH_WORDS.items()
    ),
    (glyphs.HELD, "HELD", "tripped by an operator: nothing is sent", "held"),
    (glyphs.PAUSED, "PAUSED", "no checks: by an operator or a maintenance", "paused"),
    (glyphs.PAUSED, "SHED", "no checks: it made room for what matters more", "paused"),
    (glyphs.BEHIND, "behind", "unwell because of what it depends on", "muted"),
    ("~", "stale", "healthy when last heard, but that is too long ago", "unknown"),
    ("", "CLOSED", "the breaker lets every check through", "muted"),
    ("", "OPEN", "nothing is sent until its trial", "failed"),
    ("", "HALF", "one trial is under way, all else is refused", "degraded"),
    (glyphs.BARS[:4], "", "latency; half the height is the p95 beside it", "spark"),
    ("", "", "of an agent: time since its last beat; half is its interval", "spark"),
    (
        glyphs.MISSED,
        "",
        "a failed check; of an agent: it says that it failed",
        "failed",
    ),
    ("!", "", "an agent that says it is not well", "degraded"),
    (glyphs.CURSOR, "", "a run of an agent began", "muted"),
    (glyphs.NOT_SENT, "", "not sent: the breaker said no", "muted"),
    (glyphs.NOT_COUNTED, "", "we stalled ourselves: it counts for nothing", "muted"),
)


def help_lines(
    own: Sequence[tuple[str, str]],
    width: int,
    table: Sequence[Action] = ACTIONS,
) -> Iterator[Line]:
    """Yield the help for `width` cells; `own` are (keys, words) of the screen that it
    was opened from. Where there is no room beside a title, its words stand below.
    """
    entry = partial(_entry, below=width < _WIDE)
    for group, members in actions.grouped(table):
        yield from _heading(group.value)
        for action in members:
            title = Span(fit(action.title, _WORD))
            yield from entry(
                Span(fit(action.shown_key, _KEYS), "accent"), title, action.words
            )
    if own:
        yield from _heading("On the screen before")
        for keys, words in own:
            yield from entry(Span(fit(keys, _KEYS + _WORD), "accent"), Span(""), words)
    yield from _heading("Signs")
    for sign, word, words, tone in _SIGNS:
        title = Span(fit(word, _WORD), tone)
        yield from entry(Span(fit(sign, _KEYS), tone), title, words)


def _heading(words: str) -> Iterator[Line]:
    yield ()
    yield (Span(f" {words}", "title"),)


def _entry(sign: Span, title: Span, words: str, *, below: bool) -> Iterator[Line]:
    if below and title.text.strip():
        yield (Span(" "), sign, title)
        yield (Span(" " * (_KEYS + 1)), Span(words, "muted"))
    elif below:
        yield (
            Span(" "),
            sign._replace(text=fit(sign.text, _KEYS)),
            Span(words, "muted"),
        )
    else:
        yield (Span(" "), sign, title, Span(words, "muted"))


class HelpScreen(Screen[None]):
    """Lists every key and every sign. It has no platform: no key acts on one here."""

    CSS_PATH = [stylesheet("lines"), stylesheet("help")]
    AUTO_FOCUS = "Page"

    def __init__(
        self,
        own: Sequence[tuple[str, str]] = (),
        table: Sequence[Action] = ACTIONS,
        *,
        ascii: bool = False,
    ) -> None:
        super().__init__()
        self._own, self._table = own, table
        self._ascii = ascii

    def compose(self) -> ComposeResult:
        yield Page(ascii=self._ascii, id="page")
        yield StatusLine()
        yield KeyLine()

    def on_resize(self) -> None:
        lines = help_lines(self._own, self.size.width, self._table)
        self.query_one(Page).show(tuple(lines))
