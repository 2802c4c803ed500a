"""Plug-ins: foreign code that watches a platform and talks to it for us."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from conductor_tui.domain.ids import PluginName
from conductor_tui.domain.secret import Secret

MIB = 1024 * 1024
KEPT_LOG_LINES = 200


class PluginState(StrEnum):
    DISCOVERED = "DISCOVERED"  # it is installed; nothing of it was imported
    LOADING = "LOADING"  # its process begins, or waits to begin again
    ACTIVE = "ACTIVE"
    FAILED = "FAILED"  # it is not tried again until somebody says so
    DISABLED = "DISABLED"  # by a person, or by the settings

    @property
    def is_wanted(self) -> bool:
        """True where somebody wants it to run."""
        return self in (PluginState.LOADING, PluginState.ACTIVE, PluginState.FAILED)


class PluginOrigin(StrEnum):
    PACKAGE = "package"  # an entry point in `conductor_tui.platforms`
    FILE = "file"  # a Python file in the folder of plug-ins


@dataclass(frozen=True, slots=True, kw_only=True)
class PluginLimits:
    """What one plug-in may take; whoever takes more is killed, and begins again.

    `memory_bytes`, `processes`: of its worker and all that it started, together.
    `cpu_s` and `output_bytes` (stdout and stderr) in any minute. `start_s` is for
    import and `initialize`, `hang_s` for its loop to answer at all. `at_once` requests
    are under way in it, `waiting` more wait. After `restarts` within `within_s` it is
    FAILED.
    """

    memory_bytes: int = 512 * MIB
    cpu_s: float = 30.0
    open_files: int = 256
    processes: int = 32
    output_bytes: int = 4 * MIB
    request_s: float = 30.0
    start_s: float = 10.0
    stop_s: float = 2.0
    hang_s: float = 2.0
    at_once: int = 8
    waiting: int = 64
    restarts: int = 5
    within_s: float = 600.0


@dataclass(frozen=True, slots=True, kw_only=True)
class PluginSettings:
    """One [plugin.NAME]. `use` names the entry point or file that it is made of.

    `config` is what `initialize` gets (JSON values), with secrets in it: `secrets` are
    those, and no text about this plug-in may hold one. `requires` are other plug-ins
    that must be ACTIVE before.
    """

    name: PluginName
    use: str
    enabled: bool = True
    isolate: bool = True
    requires: tuple[PluginName, ...] = ()
    limits: PluginLimits = field(default_factory=PluginLimits)
    config: Mapping[str, object] = field(default_factory=dict)
    secrets: tuple[Secret, ...] = ()
    origin: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class PluginSource:
    """What was found, without importing it. `reference` is `module:Class`, or the path
    of a file; `package` and `version` say who brought it ("" for a file). `trouble`
    says why it cannot be used, "" when it can.
    """

    name: str
    origin: PluginOrigin
    reference: str
    package: str = ""
    version: str = ""
    trouble: str = ""

    @property
    def words(self) -> str:
        """Return "echo-plugin 0.1.0", or "echo.py"."""
        if self.origin is PluginOrigin.FILE:
            return self.reference.rpartition("/")[2]
        return f"{self.package} {self.version}".strip()


@dataclass(frozen=True, slots=True, kw_only=True)
class PluginSpec:
    """A plug-in as it is shown. `source` says where its code is from, `target` what
    it is made of (`module:Class`, a path), `origin` where it stands in the settings.
    """

    plugin: PluginName
    source: str = ""
    target: str = ""
    isolate: bool = True
    requires: tuple[PluginName, ...] = ()
    limits: PluginLimits = field(default_factory=PluginLimits)
    origin: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class PluginFigures:
    """What a plug-in takes now: its worker and all that it started together.

    `pid` None: it has no process (of its own). `cpu_percent` is of one core.
    `in_flight` and `waiting` count requests and checks; `asked` and `failed` are
    totals since it was loaded.
    """

    pid: int | None = None
    rss_bytes: int = 0
    cpu_percent: float = 0.0
    processes: int = 0
    in_flight: int = 0
    waiting: int = 0
    asked: int = 0
    failed: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class LogLine:
    """One line that a plug-in wrote. `stream` is "stdout", "stderr" or, for what we
    say ourselves (lines left out), "".
    """

    at: datetime
    text: str
    stream: str = "stdout"


@dataclass(frozen=True, slots=True, kw_only=True)
class PluginView:
    """One plug-in. `why` says why it is in its state since `since`; `restarts` is how
    often it had to begin again since it was loaded, `retry_at` when it does next.
    `error` is the newest thing that went wrong, at `error_at`.
    """

    spec: PluginSpec
    state: PluginState = PluginState.DISCOVERED
    since: datetime | None = None
    why: str = ""
    restarts: int = 0
    retry_at: datetime | None = None
    error: str = ""
    error_at: datetime | None = None
    failures: int = 0
    figures: PluginFigures = field(default_factory=PluginFigures)
    log: tuple[LogLine, ...] = ()

    @property
    def name(self) -> PluginName:
        return self.spec.plugin


_LONGEST_NAME = 64


def plugin_name_problem(name: str) -> str:
    """Return what is wrong with a plug-in's name, "" when nothing is."""
    if not name:
        return "it is empty"
    if len(name) > _LONGEST_NAME:
        return f"it is longer than {_LONGEST_NAME} characters"
    if not all(char.isalnum() or char in "._-" for char in name):
        return "letters, digits, '.', '_' and '-' only"
    if not name[0].isalnum():
        return "it must begin with a letter or a digit"
    return ""
