"""A heartbeat monitor for any program: threads, no asyncio, no terminal.

    from conductor_tui.heartbeat import HealthState, HeartbeatMonitor

    monitor = HeartbeatMonitor(interval_ms=5000, failure_threshold=3)
    monitor.start_monitoring("agent-001")
    monitor.record_heartbeat("agent-001", {"cpu": 45.2})
    assert monitor.check_agent_health("agent-001") is HealthState.HEALTHY

Theory: `record_heartbeat` only writes down when it was; it costs the same with one
agent and with 10,000. A heap holds one deadline per agent. A deadline that comes due
looks when the agent was really heard and, if that was later, moves on: nobody scans.
Silence is counted on a monotonic clock without the time for which this whole process
stood still: a step of the wall clock, a SIGSTOP or a suspend makes no false alarm.
Source of the API: the HeartbeatMonitor guide; of the boundaries: `domain.heartbeat`.
"""

import heapq
import logging
import threading
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from enum import StrEnum
from itertools import count
from math import isinf
from time import monotonic, time
from types import TracebackType
from typing import Any, TypeAlias

from conductor_tui.domain.health import Health
from conductor_tui.domain.heartbeat import (
    Ladder,
    fixed_ladder,
    health_after,
    next_boundary,
)

__all__ = ["HealthState", "HeartbeatMonitor"]

_log = logging.getLogger(__name__)
_STOOD_STILL_S = 0.5  # a check so much more than one interval late is a stall of ours
_LEAST_MS = 100


class HealthState(StrEnum):
    """How an agent is, from its silence. Compares and prints as its value."""

    HEALTHY = "healthy"
    DEGRADED = "degraded"
    CRITICAL = "critical"
    FAILED = "failed"

    @property
    def severity(self) -> int:
        """0 for HEALTHY up to 3 for FAILED."""
        return _SEVERITY[self]


AlertCallback: TypeAlias = Callable[[str, HealthState, dict[str, Any]], object]

_SEVERITY = {state: place for place, state in enumerate(HealthState)}
_STATES = {Health[state.name]: state for state in HealthState}
_ALERTS = (HealthState.DEGRADED, HealthState.CRITICAL, HealthState.FAILED)


class _Agent:
    """One monitored agent. `heard` is awake time; None before the first beat.

    `info` is what programs read in `monitoring_agents`. `entry` is the number of its
    one valid entry in the heap, 0 when it has none.
    """

    __slots__ = ("entry", "heard", "id", "info", "ladder")

    def __init__(self, agent_id: str, ladder: Ladder, info: dict[str, Any]) -> None:
        self.id, self.ladder, self.info = agent_id, ladder, info
        self.heard: float | None = None
        self.entry = 0

    def state(self, awake: float) -> HealthState:
        if self.heard is None:
            return HealthState.HEALTHY
        return _STATES[health_after(self.ladder, awake - self.heard)]


class HeartbeatMonitor:
    """Watches agents by their heartbeats. Every method is safe from any thread.

    Alerts are called on the monitor's own thread, one after the other and with no lock
    held, so a callback may call back. What they raise is logged and stops nothing.
    """

    def __init__(
        self,
        interval_ms: int = 5000,
        failure_threshold: int = 3,
        history_size: int = 100,
        check_interval_ms: int = 1000,
    ) -> None:
        """Milliseconds. HEALTHY below 1x the interval of silence, DEGRADED below 2x,
        CRITICAL below `failure_threshold` x, FAILED from there on; seen at the next
        check. Raises ValueError for a value below its bound.
        """
        self.default_interval_ms = _at_least("interval_ms", interval_ms, _LEAST_MS)
        self.default_failure_threshold = _at_least(
            "failure_threshold", failure_threshold, 1
        )
        self.history_size = _at_least("history_size", history_size, 1)
        self.check_interval_ms = _at_least(
            "check_interval_ms", check_interval_ms, _LEAST_MS
        )
        self.monitoring_agents: dict[str, dict[str, Any]] = {}
        self.heartbeat_history: dict[str, deque[dict[str, Any]]] = {}
        self.alert_callbacks: dict[HealthState, AlertCallback] = {}
        self.alert_enabled = dict.fromkeys(_ALERTS, True)
        self.shutdown_event = threading.Event()
        self.monitoring_thread: threading.Thread | None = None
        self._lock = threading.RLock()
        self._agents: dict[str, _Agent] = {}
        self._heap: list[tuple[float, int, _Agent]] = []
        self._entries = count(1)
        self._heartbeats = 0
        self._stalled_s = 0.0
        self._checked_at: float | None = None  # None: stalls are not told apart
        self._start_background_monitoring()

    def __enter__(self) -> "HeartbeatMonitor":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.shutdown()

    def start_monitoring(
        self,
        agent_id: str,
        interval_ms: int | None = None,
        failure_threshold: int | None = None,
    ) -> bool:
        """Watch an agent; None takes the monitor's own value. False: it is watched
        already, and stays as it is. Raises ValueError for a value below its bound.
        """
        if interval_ms is None:
            interval_ms = self.default_interval_ms
        if failure_threshold is None:
            failure_threshold = self.default_failure_threshold
        info = {
            "interval_ms": _at_least("interval_ms", interval_ms, _LEAST_MS),
            "failure_threshold": _at_least("failure_threshold", failure_threshold, 1),
            "last_heartbeat": 0.0,
            "last_state": HealthState.HEALTHY,
        }
        with self._lock:
            if agent_id in self._agents:
                return False
            self._history(agent_id)
            ladder = fixed_ladder(interval_ms / 1000, failure_threshold)
            self._agents[agent_id] = _Agent(agent_id, ladder, info)
            self.monitoring_agents[agent_id] = info
            return True

    def stop_monitoring(self, agent_id: str) -> bool:
        """Watch an agent no more; its history stays readable. False: it was not."""
        with self._lock:
            agent = self._agents.pop(agent_id, None)
            if agent is None:
                return False
            agent.entry = 0
            self.monitoring_agents.pop(agent_id, None)
            return True

    def record_heartbeat(
        self, agent_id: str, metadata: Mapping[str, Any] | None = None
    ) -> bool:
        """Write a heartbeat down. False: the agent is not watched, nothing happened."""
        kept = dict(metadata) if metadata else {}
        with self._lock:
            agent = self._agents.get(agent_id)
            if agent is None:
                return False
            agent.heard = monotonic() - self._stalled_s
            at = time()
            self._history(agent_id).append({"timestamp": at, "metadata": kept})
            self._heartbeats += 1
            info = agent.info
            info["last_heartbeat"] = at
            if not agent.entry or info["last_state"] is not HealthState.HEALTHY:
                info["last_state"] = HealthState.HEALTHY
                self._expect(agent, agent.ladder[0][0])
            return True

    def check_agent_health(self, agent_id: str) -> HealthState:
        """Return how the agent is at this moment: HEALTHY before its first beat.

        Raises ValueError for one that is not watched.
        """
        with self._lock:
            agent = self._agents.get(agent_id)
            if agent is None:
                raise ValueError(
                    f"agent {agent_id!r} is not monitored: start_monitoring() first"
                )
            return agent.state(self._awake())

    def get_unhealthy_agents(
        self, min_state: HealthState = HealthState.DEGRADED
    ) -> list[str]:
        """Return the agents that are at least as bad as `min_state`, as watched."""
        least = HealthState(min_state).severity
        return [
            agent_id for agent_id, state in self._states() if state.severity >= least
        ]

    def get_heartbeat_history(
        self, agent_id: str, time_range: tuple[datetime, datetime] | None = None
    ) -> list[dict[str, Any]]:
        """Return `{"timestamp": Unix seconds, "metadata": dict}` per heartbeat, oldest
        first, both ends of `time_range` included; [] for an unknown agent.

        A datetime without a zone is local time.
        """
        with self._lock:
            beats = [dict(beat) for beat in self.heartbeat_history.get(agent_id, ())]
        if time_range is None:
            return beats
        start, end = (moment.timestamp() for moment in time_range)
        return [beat for beat in beats if start <= beat["timestamp"] <= end]

    def configure_alerts(
        self,
        on_degraded: bool = True,
        on_critical: bool = True,
        on_failed: bool = True,
        degraded_callback: AlertCallback | None = None,
        critical_callback: AlertCallback | None = None,
        failed_callback: AlertCallback | None = None,
    ) -> None:
        """Say which transitions alert, and whom: `callback(agent_id, state, details)`.

        `details` has `previous_state`, `current_state`, `last_heartbeat` (Unix seconds)
        and `elapsed_seconds`. A callback of None leaves the one that is there.
        """
        enabled = (on_degraded, on_critical, on_failed)
        callbacks = (degraded_callback, critical_callback, failed_callback)
        with self._lock:
            for state, is_on, callback in zip(_ALERTS, enabled, callbacks, strict=True):
                self.alert_enabled[state] = is_on
                if callback is not None:
                    self.alert_callbacks[state] = callback

    def get_monitoring_stats(self) -> dict[str, Any]:
        """Return `total_agents`, `health_distribution` (a number for each value of
        HealthState), `total_heartbeats` and `monitoring_thread_alive`.
        """
        distribution = dict.fromkeys((state.value for state in HealthState), 0)
        for _, state in self._states():
            distribution[state.value] += 1
        thread = self.monitoring_thread
        return {
            "total_agents": sum(distribution.values()),
            "health_distribution": distribution,
            "total_heartbeats": self._heartbeats,
            "monitoring_thread_alive": thread is not None and thread.is_alive(),
        }

    def shutdown(self) -> None:
        """End the monitor's thread; what is known stays readable. Safe twice."""
        self.shutdown_event.set()
        thread = self.monitoring_thread
        if thread is not None and thread is not threading.current_thread():
            thread.join()

    def _history(self, agent_id: str) -> "deque[dict[str, Any]]":
        """Return the agent's history; a new one where a program has deleted it."""
        history = self.heartbeat_history.get(agent_id)
        if history is None:
            history = deque(maxlen=self.history_size)
            self.heartbeat_history[agent_id] = history
        return history

    def _states(self) -> list[tuple[str, HealthState]]:
        with self._lock:
            awake = self._awake()
            return [(agent.id, agent.state(awake)) for agent in self._agents.values()]

    def _start_background_monitoring(self) -> None:
        """Begin to look at deadlines; again after a shutdown. Does nothing twice."""
        with self._lock:
            if self.monitoring_thread is not None and self.monitoring_thread.is_alive():
                return
            self.shutdown_event.clear()
            self.monitoring_thread = threading.Thread(
                target=self._monitor, name="heartbeat-monitor", daemon=True
            )
            self.monitoring_thread.start()

    def _monitor(self) -> None:
        interval_s = self.check_interval_ms / 1000
        self._begin_to_wait()
        try:
            while not self.shutdown_event.wait(interval_s):
                self._check()
                self._begin_to_wait()
        finally:
            self._checked_at = None

    def _begin_to_wait(self) -> None:
        with self._lock:
            self._checked_at = monotonic()

    def _awake(self) -> float:
        """Return the monotonic time without our stalls, one that goes on included."""
        now = monotonic()
        if self._checked_at is None:  # nobody waits, or a callback takes its time
            return now - self._stalled_s
        due = self._checked_at + self.check_interval_ms / 1000
        return min(now, due + _STOOD_STILL_S) - self._stalled_s

    def _check(self) -> None:
        """Find what came due, and tell of it."""
        with self._lock:
            self._subtract_stall()
            moves = list(self._moves(self._awake()))
            self._checked_at = None
        for agent_id, state, details in moves:
            self._alert(agent_id, state, details)

    def _subtract_stall(self) -> None:
        """Forget the time for which this process stood still since the last check."""
        awake = self._awake()
        stalled_s = monotonic() - self._stalled_s - awake
        if stalled_s <= 0:
            return
        self._stalled_s += stalled_s
        for agent in self._agents.values():
            if agent.heard is not None and agent.heard > awake:  # on the old count
                agent.heard = awake
                self._expect(agent, agent.ladder[0][0])

    def _moves(self, awake: float) -> Iterator[tuple[str, HealthState, dict[str, Any]]]:
        """Yield who got worse, and move their deadlines on."""
        while self._heap and self._heap[0][0] <= awake:
            _, entry, agent = heapq.heappop(self._heap)
            if entry != agent.entry or agent.heard is None:
                continue  # stopped, or expected anew since
            silent_s = awake - agent.heard
            was, state = agent.info["last_state"], agent.state(awake)
            self._expect(agent, next_boundary(agent.ladder, silent_s))
            if state is was:
                continue
            agent.info["last_state"] = state
            details = {
                "previous_state": was,
                "current_state": state,
                "last_heartbeat": agent.info["last_heartbeat"],
                "elapsed_seconds": silent_s,
            }
            yield agent.id, state, details

    def _expect(self, agent: _Agent, boundary_s: float) -> None:
        """Look at the agent again once its silence reaches `boundary_s`."""
        if isinf(boundary_s) or agent.heard is None:
            agent.entry = 0
            return
        agent.entry = next(self._entries)
        heapq.heappush(self._heap, (agent.heard + boundary_s, agent.entry, agent))

    def _alert(
        self, agent_id: str, state: HealthState, details: dict[str, Any]
    ) -> None:
        with self._lock:
            callback = self.alert_callbacks.get(state)
            if callback is None or not self.alert_enabled.get(state, False):
                return
        try:
            callback(agent_id, state, details)
        except BaseException:  # sys.exit() too would end nothing but the monitoring
            _log.exception("the alert for agent %r (%s) failed", agent_id, state)


def _at_least(parameter: str, value: int, bound: int) -> int:
    if value < bound:
        raise ValueError(f"{parameter} must be >= {bound}, not {value!r}")
    return value
