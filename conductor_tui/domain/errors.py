"""Errors a caller can act on.

* ConductorError
  x SettingsError    the person must edit a file; carries every problem at once
  x CallRefused      a breaker said no: the call was not run
  x SessionLost      nobody answers on the other side; the caller may reconnect
  x EngineStopped    the engine ended without being asked to; the words say why
  x NobodyListens    what is for a conductor could not be brought to one
  x BeatRefused      a conductor did not take a heartbeat, and says why
  x AskRefused       a conductor did not do what it was asked for, and says why
  x DeliveryFailed   a channel did not take a notice, and says why
  x PluginFailed     a plug-in could not begin, and says why
  x KeyClashed       an idempotency key was that of another request
  x JournalFailed    what must survive a crash cannot be kept just now
"""

from collections.abc import Sequence

from conductor_tui.domain.ids import PlatformName


class ConductorError(Exception):
    """Base of every error this package raises on purpose."""


class SettingsError(ConductorError):
    """The settings cannot be used. Each problem names file, key, value, way out."""

    def __init__(self, problems: Sequence[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = tuple(problems)


class CallRefused(ConductorError):
    """A breaker refused a call before it ran.

    `retry_in_s` is how long until a trial may be tried; None while HELD without end.
    """

    def __init__(
        self, platform: PlatformName, why: str, retry_in_s: float | None
    ) -> None:
        super().__init__(f"{platform}: {why}")
        self.platform = platform
        self.why = why
        self.retry_in_s = retry_in_s


class SessionLost(ConductorError):
    """Nobody answers on the other side."""


class EngineStopped(ConductorError):
    """The engine ended without being asked to."""


class NobodyListens(ConductorError):
    """What is for a conductor, most often a heartbeat, could not be brought to one."""


class BeatRefused(ConductorError):
    """A conductor did not take a heartbeat. `status` is that of its HTTP answer."""

    def __init__(self, words: str, status: int) -> None:
        super().__init__(words)
        self.status = status


class AskRefused(ConductorError):
    """A conductor did not do what it was asked for. `status` is that of its HTTP
    answer.
    """

    def __init__(self, words: str, status: int) -> None:
        super().__init__(words)
        self.status = status


class DeliveryFailed(ConductorError):
    """A channel did not take a notice.

    `is_final`: it never will, so nothing is gained by trying again. `retry_in_s` is
    how long the other side asked us to wait; None: it did not say.
    """

    def __init__(
        self, words: str, *, is_final: bool = False, retry_in_s: float | None = None
    ) -> None:
        super().__init__(words)
        self.is_final = is_final
        self.retry_in_s = retry_in_s


class PluginFailed(ConductorError):
    """A plug-in could not begin.

    `is_final`: it never will as it is (no such code, bad settings), so nothing is
    gained by trying again before somebody changed something.
    """

    def __init__(self, words: str, *, is_final: bool = False) -> None:
        super().__init__(words)
        self.is_final = is_final


class KeyClashed(ConductorError):
    """The idempotency key of a request was that of another one before."""


class JournalFailed(ConductorError):
    """What must survive a crash cannot be kept just now; the words say why.

    `is_taken`: another conductor keeps it, and so tells people and mends in our place.
    """

    def __init__(self, words: str, *, is_taken: bool = False) -> None:
        super().__init__(words)
        self.is_taken = is_taken


def root_of(error: BaseException) -> BaseException:
    """Return the first error in the groups that task groups wrap it in."""
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    return error
