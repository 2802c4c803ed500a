"""What the engine and the screens need from the outside, and nothing more."""

from collections.abc import (
    AsyncIterator,
    Awaitable,
    Callable,
    Iterable,
    Mapping,
    Sequence,
)
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum, auto
from pathlib import Path
from typing import NamedTuple, Protocol, TypeAlias

from conductor_tui.domain.agent import AgentSpec, AgentView
from conductor_tui.domain.alert import (
    AlertView,
    Delivery,
    Notice,
    RecoveryView,
    Silence,
    Subject,
)
from conductor_tui.domain.alert_events import AttentionCalled
from conductor_tui.domain.alert_settings import ChannelSettings
from conductor_tui.domain.breaker import BreakerView, Hold
from conductor_tui.domain.check import BreakerSpec, Finding, Outcome, RetrySpec
from conductor_tui.domain.client import ClientView, Holding
from conductor_tui.domain.commands import Command
from conductor_tui.domain.dead_letter import DeadLetter, LetterView
from conductor_tui.domain.dispatch import Dispatched, DispatchRequest
from conductor_tui.domain.events import BreakerChanged, CommandAnswered, Envelope
from conductor_tui.domain.heartbeat import Beat
from conductor_tui.domain.ids import (
    AgentId,
    ClientId,
    CommandId,
    Epoch,
    LetterId,
    PlatformName,
    PluginName,
    Seq,
)
from conductor_tui.domain.own import Stall
from conductor_tui.domain.pause import MaintenanceWindow, Pause
from conductor_tui.domain.plugin import (
    LogLine,
    PluginFigures,
    PluginSettings,
    PluginSource,
)
from conductor_tui.domain.plugin_calls import Reply, Request
from conductor_tui.domain.resources import ResourceSample
from conductor_tui.domain.secret import Secret
from conductor_tui.domain.settings import (
    AgentSettings,
    ListenSettings,
    PlatformSettings,
    Settings,
)
from conductor_tui.domain.snapshot import Snapshot
from conductor_tui.domain.states import CallOutcome

Frame: TypeAlias = Snapshot | Envelope
Attempt: TypeAlias = Callable[[], Awaitable[Finding]]


class Clock(Protocol):
    def now(self) -> datetime:
        """Wall clock, aware UTC. For people and for other machines."""

    def monotonic(self) -> float:
        """Seconds from an arbitrary origin. For durations; never leaves a process."""

    async def sleep(self, seconds: float) -> None: ...

    def alarm(self, seconds: float, ring: Callable[[], object]) -> Callable[[], None]:
        """Call `ring` on the running loop after `seconds`. Returns what calls it off:
        cheaper than a sleep that is cancelled.
        """

    def timeout(self, seconds: float) -> AbstractAsyncContextManager[object]:
        """Raise TimeoutError in the block once `seconds` have passed."""


class Probe(Protocol):
    """Touches one platform, once per call.

    A target that is unhealthy is a Finding, never an exception. The caller owns the
    deadline: a probe may be cancelled at any await, and must let go of what it holds.
    """

    async def __call__(self) -> Finding: ...

    def close(self) -> None:
        """Let go of what is kept between calls (a connection). Safe to call twice,
        and before another call.
        """


@dataclass(frozen=True, slots=True)
class Permit:
    """Leave to make one call, given under the breaker's `epoch`."""

    epoch: Epoch
    trial: object | None = None


class Gate(Protocol):
    """One platform's breaker."""

    @property
    def view(self) -> BreakerView:
        """The breaker as of its last transition. Reading it changes nothing."""

    def admit(self, *, health_check: bool = False) -> Permit:
        """Give leave for one call. While HALF_OPEN only one trial is let through.

        Raises CallRefused when the call must not be made.
        """

    def stands(self, permit: Permit) -> bool:
        """False once a transition has overtaken the permit: make no further attempt."""

    def settle(self, permit: Permit, finding: Finding | None) -> None:
        """Report what the call found; None: cancelled, which is no verdict."""

    def trip(self, hold: Hold, ttl_s: float | None, command: CommandId) -> None:
        """Hold the breaker. After `ttl_s` a trial is due; None: never by itself."""

    def release(self, by: str, why: str, command: CommandId | None) -> None:
        """End a hold or an open period: the next health check is the trial."""

    def reset(self, by: str, why: str, command: CommandId) -> None:
        """Close by force."""

    def restore(
        self,
        before: BreakerView,
        by: str,
        command: CommandId | None,
        why: str = "undone",
    ) -> None:
        """Go back to how the breaker was (undo), under a new epoch."""

    def confirm(self, by: str, command: CommandId) -> None:
        """Let a hold stand that was to be confirmed: no transition, the same epoch."""

    def recall(self, before: BreakerView) -> None:
        """Begin as a conductor before this one left it: no transition, the same epoch.
        A trial that was under way then is due again.
        """

    def open_for(self, by: str, why: str) -> None:
        """Open a CLOSED breaker on the word of others, as its failures would."""

    def reconfigure(self, spec: BreakerSpec) -> None:
        """Go by other settings from now on. State, hold and epoch stay as they are."""

    def drain(self) -> tuple[BreakerChanged, ...]:
        """Return the transitions since the last call, oldest first."""


class Retry(Protocol):
    async def __call__(
        self, attempt: Attempt, spec: RetrySpec, *, first: Finding, budget_s: float
    ) -> Finding:
        """Go on trying after a failed `first` attempt, until one passes.

        Ends after `spec.attempts` in all, or when a wait would pass `budget_s` from
        now. Gives the last finding.
        """


class Sampler(Protocol):
    def sample(self) -> ResourceSample:
        """Read the host. May block for some milliseconds: call it off the loop.

        Raises OSError when it cannot be read just now.
        """

    def ram_percent(self) -> float:
        """RAM in use, from a reading at most 0.2 s old, or the last that succeeded.
        Cheap: called per check.
        """


@dataclass(frozen=True, slots=True)
class Listeners:
    """What one look at the machine found. `complete` is False where the rights to
    see every process were missing.
    """

    platforms: tuple[PlatformSettings, ...]
    complete: bool = True


class Discovery(Protocol):
    def look(self) -> Listeners:
        """Find what listens on this machine. Blocks: call it off the loop.

        Raises OSError when it cannot be seen just now.
        """


class SettingsSource(Protocol):
    """Where the settings come from, to be read again while the engine runs."""

    def has_changed(self) -> bool:
        """True when what stands there is not what was read last. May block briefly."""

    def load(self) -> Settings:
        """Read it. Raises SettingsError with every problem; blocks: off the loop."""


class Timetable(Protocol):
    def next_after(self, cron: str, zone: str, after: datetime) -> datetime:
        """Return the first moment after `after` that five cron fields name in an IANA
        time zone ("": this host's). Aware.
        """


class Calendar(Protocol):
    def open_until(self, window: MaintenanceWindow, now: datetime) -> datetime | None:
        """Return when the window that is open at `now` ends; None: it is not open."""


class Heard(Enum):
    """What became of a heartbeat."""

    TAKEN = auto()
    CREATED = auto()  # taken, and its agent is new
    UNKNOWN = auto()  # of no agent that is listened for
    REFUSED = auto()  # no room, too often, a name that may not be


@dataclass(frozen=True, slots=True)
class Hearing:
    """`words` say why, where it was not taken."""

    heard: Heard
    words: str = ""


class Ear(Protocol):
    """Where the ways in bring what they hear. On the engine's loop; never waits."""

    @property
    def agents(self) -> Mapping[AgentId, AgentSettings]:
        """Every agent that is listened for, created ones too. It is another mapping
        once it has changed.
        """

    @property
    def ping_key(self) -> Secret | None:
        """What stands in ping URLs by name."""

    def hear(self, beat: Beat) -> Hearing: ...

    def turn_away(self, why: str) -> None:
        """Count what was no heartbeat at all."""

    def expect(self, spec: AgentSpec) -> Hearing:
        """Listen for one more agent, where agents may come by themselves. Known: its
        rhythm is what `spec` says, if it came by itself.
        """

    def forget(self, agent: AgentId, why: str) -> Hearing:
        """Listen no more for an agent that came by itself."""

    def view(self, agent: AgentId) -> AgentView | None:
        """What is known of it, up to what came in a moment ago."""


class Way(Protocol):
    """A way in for heartbeats: one listener."""

    @property
    def name(self) -> str:
        """The protocol: "udp", "http", ..."""

    @property
    def address(self) -> str: ...

    async def open(self, ear: Ear) -> None:
        """Listen. Raises OSError, in words for a person, when it cannot."""

    async def close(self) -> None:
        """Listen no more. Safe to call twice, and before `open`."""


class Watchdog(Protocol):
    """Watches the engine's loop from a thread of its own."""

    def watch(self, told: Callable[[Stall], None]) -> None:
        """Begin, on the running loop. `told` is called on it after each stall."""

    def stalled_s(self, since: float) -> float:
        """Seconds that the loop, or the whole process, stood still after `since`
        (monotonic); 0.0 when it did not. Also while a stall is only just ending.
        Time for which the host was suspended counts too.
        """

    @property
    def current(self) -> Stall | None:
        """The stall that goes on now. From any thread but the stalled one."""

    def take_lags(self) -> tuple[float, ...]:
        """Return the lags (seconds) of the loop's timers since the last call."""

    def close(self) -> None:
        """Stop watching. Safe to call twice."""


class Canary(Protocol):
    """A look at ourselves: can this host still do what every check needs?"""

    async def sing(self) -> Finding:
        """Connect to ourselves over loopback, within a deadline of its own."""


@dataclass(frozen=True, slots=True)
class OwnUse:
    """What this process takes: percent of one core since the last call, and so on."""

    cpu_percent: float
    rss_bytes: int
    threads: int
    open_files: int


class OwnMeter(Protocol):
    def use(self) -> OwnUse:
        """Read it; cheap enough for the loop. What cannot be read is as it was."""


@dataclass(frozen=True, slots=True)
class Kept:
    """What the journal had kept of alerts: those that are open and the newest that are
    over, the silences, the deliveries that wait or were given up and the newest that
    ended, the newest recoveries; all oldest first. `last_delivery` is the highest
    number that a delivery ever had. `words` say what people should know of how the
    journal was found, "" when it was well.
    """

    alerts: tuple[AlertView, ...] = ()
    silences: tuple[Silence, ...] = ()
    deliveries: tuple[Delivery, ...] = ()
    recoveries: tuple[RecoveryView, ...] = ()
    last_delivery: int = 0
    words: str = ""


AlertRecord: TypeAlias = AlertView | Silence | Delivery | RecoveryView


class AlertJournal(Protocol):
    """What is known of alerts, kept so that a crash takes nothing back."""

    async def open(self) -> Kept:
        """Return what was kept. Raises JournalFailed, in words, when it cannot be used:
        also while another conductor keeps it.
        """

    async def keep(
        self, records: Sequence[AlertRecord], ended: Sequence[Silence] = ()
    ) -> None:
        """Keep these in place of what was kept of the same, and forget silences that
        `ended`: all or nothing, durable when it returns.

        Raises JournalFailed, in words; the same may be kept again later.
        """

    async def close(self) -> None:
        """Let go of it. Safe to call twice, and before `open`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptBreaker:
    """A breaker as its last transition left it. `before` is how it was before a trip
    that is still to be confirmed.
    """

    platform: PlatformName
    breaker: BreakerView
    before: BreakerView | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptPause:
    """A person's pause of a platform; None: it is over."""

    platform: PlatformName
    pause: Pause | None


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptPlugin:
    """Whether a person wants a plug-in to run; None: it is as the settings say."""

    plugin: PluginName
    is_enabled: bool | None


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptCommand:
    """Who asked for what, when, why, from where, and the answer: the audit."""

    at: datetime
    about: str
    why: str
    answer: CommandAnswered


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptVisit:
    """When the last dashboard of an operator went."""

    by: str
    left_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """What the checks of a platform found in one minute from `at` on (UTC)."""

    platform: PlatformName
    at: datetime
    outcomes: Mapping[Outcome, int]
    latency_sum_s: float = 0.0  # of those that were a verdict
    latency_max_s: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class HostTally:
    """This host in one minute from `at` on (UTC): sums and maxima of `count` samples,
    all in percent.
    """

    at: datetime
    count: int
    cpu_sum: float
    cpu_max: float
    ram_sum: float
    ram_max: float
    disk_max: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Forgotten:
    """A platform or an agent that is no more: nothing of it is to be remembered."""

    platform: PlatformName | None = None
    agent: AgentId | None = None


StateRecord: TypeAlias = (
    KeptBreaker
    | KeptPause
    | KeptPlugin
    | KeptCommand
    | KeptVisit
    | AgentView
    | Tally
    | HostTally
    | Forgotten
    | Envelope
    | Snapshot
)


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptState:
    """What the journal had kept when it was opened. `alive_at` is when the conductor
    before was last known to live; `visits` are by operator; `last` is the number of
    the newest event.
    """

    breakers: Mapping[PlatformName, KeptBreaker] = field(default_factory=dict)
    pauses: Mapping[PlatformName, Pause] = field(default_factory=dict)
    plugins: Mapping[PluginName, bool] = field(default_factory=dict)
    agents: tuple[AgentView, ...] = ()
    visits: Mapping[str, datetime] = field(default_factory=dict)
    alive_at: datetime | None = None
    last: Seq = Seq(0)
    words: str = ""


class StateJournal(Protocol):
    """What a crash must not take back, but alerts: see AlertJournal for its errors."""

    async def open(self) -> KeptState: ...

    async def history(self) -> tuple[Envelope, ...]:
        """Return the newest events, oldest first, numbered by the journal."""

    async def keep(self, records: Sequence[StateRecord]) -> None:
        """Keep them: durable when it returns. A breaker, a pause, an agent, a visit
        takes the place of what was kept of the same; the others are added; a snapshot
        is what the past may be told from. That we are alive is kept with them, and
        without any.
        """

    async def close(self) -> None:
        """Let go of it. Safe to call twice, and before `open`."""


class Archive(Protocol):
    """A journal to look back into. Every call blocks: off the loop. Each raises
    JournalFailed, in words.
    """

    def past(self, at: datetime) -> Snapshot:
        """Return the state at that moment, as far as the journal knows: `mode` is
        PAST, `at` the moment; latencies and resources are those of whole minutes.
        """

    def step(self, at: datetime, by: int) -> datetime | None:
        """Return the moment of the event that is `by` places after `at` (negative:
        before it); None: there is none.
        """

    def events(
        self, since: datetime, until: datetime | None = None, *, limit: int = 1000
    ) -> tuple[Envelope, ...]:
        """Return what happened from `since` on, and before `until`, oldest first; of
        more than `limit` the newest.
        """


class Channel(Protocol):
    """One way to tell people. It is asked for one notice at a time."""

    async def deliver(self, notice: Notice) -> None:
        """Return once the other side has taken it.

        Raises DeliveryFailed, in words without secrets. The caller owns the deadline:
        a channel may be cancelled at any await.
        """

    async def close(self) -> None:
        """Let go of what is kept between notices. Safe to call twice."""


class Mender(Protocol):
    """Does one thing for a subject, once per call: what should make it well again, or
    what makes room under load.
    """

    async def __call__(self, subject: Subject, why: str) -> Finding:
        """PASSED when it was done (not: when it helped), else why it was not. `why` is
        what was wrong.

        The caller owns the deadline: it may be cancelled at any await, and leaves no
        process behind then.
        """


class Session(Protocol):
    """A conductor to look at and to command: in this process or far away."""

    def latest(self) -> Snapshot:
        """The newest state. Cheap, from any thread: screens poll it."""

    def follow(self) -> AsyncIterator[Frame]:
        """Yield a snapshot, then every later envelope.

        A further snapshot means: forget what you had, start again from here. A
        session sends one after a reconnect, and to a reader that fell behind.
        """

    def send(self, command: Command) -> None:
        """Ask for something, from any thread. The answer is an event with its id.

        Raises SessionLost when nobody is there to hear it.
        """


class Lobby(Protocol):
    """Who looks at this conductor. On the engine's loop."""

    def enter(self, by: str, origin: str) -> Callable[[], None]:
        """Somebody's dashboard is attached; call what is returned when it goes."""


class Trial(NamedTuple):
    """The answer to a client that wants to try: leave for one call, under `permit`, or
    None, and in how many seconds it may ask again (None: it is told by the stream).
    The permit is good under the breaker's `epoch`, which may not be told yet.
    """

    permit: str | None
    retry_in_s: float | None = None
    epoch: Epoch | None = None


class Clients(Protocol):
    """The programs that ask our breakers before each call. On the engine's loop."""

    def come(self, client: ClientView) -> Callable[[], None]:
        """One is attached. Call what is returned when it goes: its trials are free."""

    def is_here(self, client: ClientId) -> bool: ...

    def report(self, client: ClientId, holdings: Sequence[Holding]) -> None:
        """What it does with the breakers it holds: totals, not what was added. Those
        of other names are as they were before.
        """

    def try_once(self, client: ClientId, platform: PlatformName) -> Trial:
        """Give leave for the single trial of a breaker, or of what the client's own
        failures opened: to one client at a time.
        """

    def tried(
        self, client: ClientId, permit: str, outcome: CallOutcome, error: str
    ) -> None:
        """How a trial ended. One that is over, or of no one, counts for nothing."""


class PluginRegistry(Protocol):
    """The plug-ins that are installed."""

    def look(self, folder: str | None) -> Sequence[PluginSource]:
        """Find them, in packages and in a folder (None: the usual one), and import
        none. One per name; one that cannot be used says why. Blocks: off the loop.
        """


class Worker(Protocol):
    """One plug-in at work: a process of its own, or, for a trusted one, in ours.

    It is loaded once. Whoever has it takes its log and its figures now and then.
    """

    async def load(self) -> Sequence[PluginName]:
        """Import it and check its settings. Returns the plug-ins that it requires.

        Raises PluginFailed in words. It may be cancelled; `stop` follows in any case.
        """

    async def initialize(self) -> None:
        """Let it begin, once it is loaded. Errors as those of `load`."""

    async def check(self) -> Finding:
        """Ask for its health. What goes wrong there is a Finding, never an exception.
        The caller owns the deadline: it may be cancelled at any await.
        """

    async def ask(self, request: Request) -> Reply:
        """Have it handle one request, within its deadline and that of the plug-in.

        Raises PluginError (try again), RequestRefused (do not), and PluginBusy where
        too many are under way and waiting already.
        """

    async def stop(self) -> None:
        """Let it shut down within its limit, then kill it. Nothing of it is left when
        this returns. Safe to call twice, and before and during `load`.
        """

    async def ended(self) -> str:
        """Return why it is dead, once it is: killed for what it took, hung, or gone by
        itself. Never returns after `stop`.
        """

    @property
    def figures(self) -> PluginFigures: ...

    def take_log(self) -> Sequence[LogLine]:
        """Return what it wrote since the last call, within the limits."""

    def take_errors(self) -> Sequence[str]:
        """Return what went wrong in it since the last call, in words, and did not end
        it: a method that raised, an answer that was garbage.
        """


class PluginHost(Protocol):
    """Where workers come from."""

    def open(self, settings: PluginSettings, source: PluginSource) -> Worker:
        """Make the worker of one plug-in; nothing of it runs before `load`."""

    async def close(self) -> None:
        """Kill what is left. Safe to call twice."""


class Plugins(Protocol):
    """The plug-ins of this conductor, for who asks them. On the engine's loop."""

    async def check(self, plugin: PluginName) -> Finding:
        """Ask one for its health. One that is still beginning for the first time is
        INCONCLUSIVE, one that is dead or FAILED is bad. The caller owns the deadline.
        """

    async def ask(self, plugin: PluginName, request: Request) -> Reply:
        """See Worker.ask. Raises PluginError, too, for one that does not run."""


class RequestRetry(Protocol):
    async def __call__(
        self,
        attempt: Callable[[], Awaitable[Reply]],
        spec: RetrySpec,
        *,
        budget_s: float,
    ) -> Reply:
        """Try until one attempt has a reply. What raises RequestRefused is not tried
        again, and a PluginError that names a time not before it.

        Ends after `spec.attempts` in all, or when a wait would pass `budget_s` from
        now: then the last PluginError is raised.
        """


class Dispatches(Protocol):
    """Where requests to platforms go. On the engine's loop."""

    async def send(self, request: DispatchRequest) -> Dispatched:
        """Send one request on its way, and return what came of it.

        Raises LookupError, in words, where nobody takes it, and KeyClashed where its
        key was that of another request.
        """

    def letters(self) -> Iterable[LetterView]:
        """Yield the dead letters as they are now, oldest first."""

    def letter(self, letter: LetterId) -> DeadLetter | None:
        """Return a dead letter whole. From any thread."""


class LetterBox(Protocol):
    """The dead letters whole, with their payloads. Every call blocks: off the loop."""

    def letter(self, letter: LetterId) -> DeadLetter | None:
        """Return it; None: it was delivered or discarded.

        Raises ConductorError, in words.
        """

    def export(self, letters: Sequence[LetterId], file: Path) -> int:
        """Write those that are still there into a new file that only its owner may
        read, a line of JSON each, and return how many.

        Raises OSError (FileExistsError where the file is there) and ConductorError.
        """


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptKey:
    """What came of the request that had this idempotency key. `print` tells whether
    another one is the same.
    """

    key: str
    at: datetime
    print: str
    done: Dispatched


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptLetters:
    """The dead letters that were kept, oldest first; `last` is the highest number that
    one ever had. `words` say what people should know.
    """

    letters: tuple[DeadLetter, ...] = ()
    last: int = 0
    words: str = ""


class LetterJournal(Protocol):
    """What was accepted, kept so that a crash takes nothing back. Every call raises
    JournalFailed, in words: then nothing of it is done.
    """

    async def open(self) -> KeptLetters: ...

    async def keep(
        self,
        letters: Sequence[DeadLetter] = (),
        gone: Sequence[LetterId] = (),
        keys: Sequence[KeptKey] = (),
        *,
        is_soft: bool = False,
    ) -> None:
        """Keep these, in place of what was kept of the same, and forget those `gone`:
        all or nothing. Soft, a power cut may take it back; otherwise nothing does.
        """

    async def key(self, key: str) -> KeptKey | None:
        """Return what is remembered of an idempotency key: for a day."""


class EngineHost(Protocol):
    """Runs an engine in a thread of its own."""

    def run(self) -> None:
        """Run until `stop`. Blocks. Raises what ended the engine, if not `stop`."""

    def stop(self) -> None:
        """Ask `run` to drain and return. From any thread; safe to call twice."""


OpenProbe: TypeAlias = Callable[[PlatformSettings], Probe]
OpenGate: TypeAlias = Callable[[PlatformSettings], Gate]
OpenWays: TypeAlias = Callable[[ListenSettings, Sequence[AgentSettings]], Sequence[Way]]
OpenChannel: TypeAlias = Callable[
    [ChannelSettings, Callable[[AttentionCalled], object]], Channel
]
OpenMender: TypeAlias = Callable[[object], Mender]
"""Takes the options of an action, of its kind's own type."""
Backoff: TypeAlias = Callable[[int], float]
"""Seconds to wait after so many failed attempts (1, 2, ...)."""
