"""Every event that is kept, in words, as a log: the newest at the bottom.

The overview leaves out what its board says already; here is everything that has a
line at all, also who asked for what, and from where.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from conductor_tui.domain.alert import SubjectKind
from conductor_tui.domain.alert_events import (
    AlertChanged,
    AlertsRestored,
    AttentionCalled,
    ChannelChanged,
    DeliveryChanged,
    JournalChanged,
    RecoveryChanged,
    SilenceChanged,
    subject_of,
)
from conductor_tui.domain.events import (
    AgentAdded,
    AgentChanged,
    AgentHealthChanged,
    AgentRemoved,
    BeatsHeard,
    BreakerChanged,
    BreakersDropped,
    CheckFinished,
    CheckOverran,
    ClientsTold,
    CommandAnswered,
    ConductorStarted,
    DispatchSampled,
    Envelope,
    Event,
    ForecastMade,
    HealthChanged,
    IngestCounted,
    LimitForeseen,
    LoadChanged,
    LoopStalled,
    MassFailed,
    OwnSampled,
    PlatformAdded,
    PlatformChanged,
    PlatformPaused,
    PlatformRemoved,
    PlatformResumed,
    RamJumped,
    ResourcesSampled,
    SamplingFailed,
    SettingsLoaded,
    SettingsRefused,
    ShedActed,
    ShedAdvised,
    VerdictApplied,
    ViewersChanged,
)
from conductor_tui.domain.health import Health
from conductor_tui.domain.ids import AgentId, PlatformName, Seq
from conductor_tui.domain.letter_events import (
    LetterGivenUp,
    LettersDelivered,
    LettersTold,
    LettersUnread,
    LettersWait,
)
from conductor_tui.domain.plugin_events import (
    PluginAdded,
    PluginChanged,
    PluginErred,
    PluginLogged,
    PluginRemoved,
    PluginsSampled,
)
from conductor_tui.tui.present.events import Told, told
from conductor_tui.tui.present.glyphs import CURSOR
from conductor_tui.tui.present.lens import Lens
from conductor_tui.tui.present.spans import (
    Line,
    Span,
    ends,
    fit,
    fit_line,
    fit_right,
    marked,
)
from conductor_tui.tui.present.words import stamp, stamp_width

_HEAD, _SHORT_HEAD = 20, 14
_SHORT = 70
_MARK = "*"


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the log. `text` is what a filter looks at, in lower case."""

    envelope: Envelope
    told: Told
    kind: str
    text: str

    @property
    def seq(self) -> Seq:
        return self.envelope.seq

    @property
    def platform(self) -> PlatformName | None:
        return platform_of(self.envelope.event)

    @property
    def agent(self) -> AgentId | None:
        return agent_of(self.envelope.event)


class Log:
    """The entries of a snapshot; what is in words already is not said again."""

    def __init__(self) -> None:
        self._known: dict[Seq, Entry | None] = {}
        self._of: Sequence[Envelope] = ()
        self._day: date | None = None
        self.entries: tuple[Entry, ...] = ()

    def update(self, envelopes: Sequence[Envelope], lens: Lens) -> bool:
        """Read them, oldest first. False when nothing is new."""
        day = lens.local(lens.now).date()
        if envelopes is self._of and day == self._day:
            return False
        before = self._known if day == self._day else {}
        self._of, self._day = envelopes, day
        self._known = {
            envelope.seq: _entry(envelope, lens, before.get(envelope.seq))
            for envelope in envelopes
        }
        self.entries = tuple(entry for entry in self._known.values() if entry)
        return True


def _entry(envelope: Envelope, lens: Lens, known: Entry | None) -> Entry | None:
    if known is not None and known.envelope is envelope:
        return known
    words = spoken(envelope.event, lens)
    if words is None:
        return None
    text = f"{words.about} {words.head} {words.detail}".lower()
    return Entry(envelope, words, kind(envelope.event), text)


def spoken(event: Event, lens: Lens) -> Told | None:
    """Return any event in words; None for results and samples, which are no news."""
    match event:
        case CommandAnswered():
            origin = f", {event.origin}" if event.origin else ""
            granted = "granted" if event.granted else "refused"
            return Told(
                event.platform or event.agent or event.alert or "settings",
                f"{event.verb} {granted}",
                f"{event.words} (by {event.by}{origin})",
                "plain" if event.granted else "degraded",
            )
        case HealthChanged(was=Health.UNKNOWN, now=Health.HEALTHY):
            return Told(event.platform, "HEALTHY", "the first word")
        case _:
            return told(event, lens)


def kind(event: Event) -> str:
    """Return the word that `kind:` goes by."""
    match event:
        case HealthChanged() | CheckFinished() | CheckOverran() | MassFailed():
            return "health"
        case AgentHealthChanged() | BeatsHeard() | IngestCounted():
            return "agent"
        case AgentAdded() | AgentChanged() | AgentRemoved():
            return "agent"
        case BreakerChanged() | VerdictApplied() | BreakersDropped():
            return "breaker"
        case CommandAnswered():
            return "command"
        case LoadChanged() | RamJumped() | ResourcesSampled() | SamplingFailed():
            return "load"
        case ForecastMade() | LimitForeseen() | ShedAdvised() | ShedActed():
            return "load"
        case PlatformPaused() | PlatformResumed():
            return "pause"
        case SettingsLoaded() | SettingsRefused():
            return "settings"
        case LoopStalled() | OwnSampled():
            return "own"
        case PlatformAdded() | PlatformChanged() | PlatformRemoved():
            return "platform"
        case JournalChanged():
            return "own"
        case _:
            return "alert"


KINDS = (
    "agent",
    "alert",
    "breaker",
    "command",
    "health",
    "load",
    "own",
    "pause",
    "platform",
    "settings",
)


_OF_PLATFORM = (SubjectKind.PLATFORM, SubjectKind.BREAKER)


def platform_of(event: Event) -> PlatformName | None:
    """Return the platform that an event is about; None: about none, or many."""
    match event:
        case PlatformAdded(spec=spec) | PlatformChanged(spec=spec):
            return spec.platform
        case CheckFinished(result=result):
            return result.platform
        case ShedAdvised(advice=advice):
            return advice.platform if advice else None
        case (
            LoadChanged()
            | ResourcesSampled()
            | ForecastMade()
            | LimitForeseen()
            | SamplingFailed()
            | SettingsLoaded()
            | SettingsRefused()
            | ConductorStarted()
            | ViewersChanged()
            | ClientsTold()
            | DispatchSampled()
            | BreakersDropped()
            | LoopStalled()
            | OwnSampled()
            | MassFailed()
            | AgentAdded()
            | AgentChanged()
            | AgentRemoved()
            | AgentHealthChanged()
            | BeatsHeard()
            | IngestCounted()
            | AlertsRestored()
            | SilenceChanged()
            | DeliveryChanged()
            | ChannelChanged()
            | JournalChanged()
            | AttentionCalled()
            | PluginAdded()
            | PluginRemoved()
            | PluginChanged()
            | PluginErred()
            | PluginsSampled()
            | PluginLogged()
            | LettersTold()
            | LettersUnread()
        ):
            return None
        case LettersWait(to=to) | LettersDelivered(to=to):
            return PlatformName(to)
        case LetterGivenUp(letter=letter):
            return PlatformName(letter.to)
        case AlertChanged() | RecoveryChanged():
            subject = subject_of(event)
            is_platform = subject is not None and subject.kind in _OF_PLATFORM
            return PlatformName(subject.name) if subject and is_platform else None
        case _:
            return event.platform


def agent_of(event: Event) -> AgentId | None:
    """Return the agent that an event is about; None: about none, or many."""
    match event:
        case AgentAdded(spec=spec) | AgentChanged(spec=spec):
            return spec.agent
        case (
            AgentRemoved(agent=agent)
            | AgentHealthChanged(agent=agent)
            | CommandAnswered(agent=agent)
        ):
            return agent
        case AlertChanged() | RecoveryChanged():
            subject = subject_of(event)
            is_agent = subject is not None and subject.kind is SubjectKind.AGENT
            return AgentId(subject.name) if subject and is_agent else None
        case _:
            return None


@dataclass(frozen=True, slots=True)
class Columns:
    """How wide the columns are. They go by all entries, so that a filter or a scroll
    moves nothing.
    """

    width: int
    clock: int
    name: int
    head: int


def layout(entries: Iterable[Entry], lens: Lens, width: int) -> Columns:
    clock = stamp_width((entry.envelope.at for entry in entries), lens)
    name = max(8, min(16, width // 5), min(28, width // 6))
    return Columns(width, clock, name, _HEAD if width >= _SHORT else _SHORT_HEAD)


def entry_line(
    entry: Entry, columns: Columns, lens: Lens, *, cursor: bool, mark: bool
) -> Line:
    """Return one line: signs, time, platform, what, and the details."""
    signs = (CURSOR if cursor else " ") + (_MARK if mark else " ")
    line = fit_line(
        (
            Span(signs, "accent"),
            Span(
                f"{fit_right(stamp(entry.envelope.at, lens), columns.clock)} ", "muted"
            ),
            Span(fit(entry.told.about, columns.name) + " "),
            Span(fit(entry.told.head, columns.head), entry.told.tone),
            Span(f" {entry.told.detail}", "muted"),
        ),
        columns.width,
    )
    return marked(line) if cursor else line


def as_text(entries: Iterable[Entry], lens: Lens) -> str:
    """Return lines to paste elsewhere: with the date and the zone's offset."""
    return "\n".join(
        f"{lens.local(entry.envelope.at):%Y-%m-%d %H:%M:%S%z}  {entry.told.about}  "
        f"{entry.told.head}  {entry.told.detail}".rstrip()
        for entry in entries
    )


def title(
    shown: int, kept: int, words: str, hint: str, *, follows: bool, width: int
) -> Line:
    """Return the line above the log: how many, by which filter, and what is below."""
    count = f"{shown} of {kept}" if words else f"{kept}"
    start = [Span(" Events ", "title"), Span(f" {count}", "muted")]
    if words:
        start += [Span("   filter ", "muted"), Span(words, "accent")]
    if not shown:
        nothing = "none of them is like that" if kept else "nothing has happened yet"
        start.append(Span(f"   {nothing}", "muted"))
    end = Span("following ", "healthy") if follows else Span(f"{hint} ", "accent")
    return ends(start, (Span(" "), end), width)
