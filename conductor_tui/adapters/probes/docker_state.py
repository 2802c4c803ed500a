"""What the state of a container means for who depends on it."""

from dataclasses import dataclass

from conductor_tui.adapters.probes.http_json import member, number_at, text_at
from conductor_tui.domain.check import Finding, Outcome
from conductor_tui.domain.text import one_line


@dataclass(slots=True)
class StateReader:
    """Judges one container, check after check. It remembers the count of restarts: a
    container that crashes and comes back is `running` at nearly every look.
    """

    restarts: int | None = None

    def judge(self, container: object) -> Finding:
        """Return what the engine's description of the container comes to."""
        state = member(container, "State")
        status = text_at(state, "Status")
        restarts = number_at(container, "RestartCount")
        known, self.restarts = self.restarts, restarts
        if status == "running":
            return _running(state, 0 if known is None else restarts - known)
        return Finding(Outcome.FAILED, one_line(_not_running(status, state, restarts)))


def _running(state: object, restarted: int) -> Finding:
    health = text_at(state, "Health", "Status")
    if health == "unhealthy":
        return Finding(Outcome.FAILED, one_line(_unhealthy(state)))
    words = f"running, {health}" if health not in ("", "none") else "running"
    if restarted > 0:
        times = "once" if restarted == 1 else f"{restarted} times"
        words = f"{words}, restarted {times} since the last check"
    warns = health == "starting" or restarted > 0
    return Finding(Outcome.PASSED, one_line(words), warns=warns)


def _unhealthy(state: object) -> str:
    streak = number_at(state, "Health", "FailingStreak")
    words = f"unhealthy, {streak} failures in a row" if streak > 1 else "unhealthy"
    log = member(state, "Health", "Log")
    output = text_at(log[-1], "Output") if isinstance(log, list) and log else ""
    lines = output.split("\n") if output.strip() else []
    said = [line.strip() for line in lines if line.strip()]
    return f"{words}: {said[-1]}" if said else words


def _not_running(status: str, state: object, restarts: int) -> str:
    match status:
        case "exited" | "stopped" | "dead":
            return f"{status} {_end(state)}"
        case "restarting":
            times = "once" if restarts == 1 else f"{restarts} times"
            return f"restarting, {times} so far; it ended {_end(state)}"
        case "created" | "configured" | "initialized":
            return f"{status}, but never started"
        case "":
            return "no answer of a container engine: it tells no state"
        case _:  # paused, removing, and what an engine may call it one day
            return status


def _end(state: object) -> str:
    """Return "with code 137, out of memory: <the engine's words>"."""
    words = f"with code {number_at(state, 'ExitCode')}"
    if member(state, "OOMKilled") is True:
        words += ", out of memory (OOM-killed)"
    error = text_at(state, "Error")
    return f"{words}: {error}" if error else words
