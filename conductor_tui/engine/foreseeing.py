"""What the host's resources will come to: a forecast for each ten seconds."""

from collections.abc import Mapping
from statistics import fmean

from conductor_tui.domain.events import ForecastMade, LimitForeseen
from conductor_tui.domain.forecasting.filling import Filling
from conductor_tui.domain.forecasting.forecast import STEP_S, Forecast, Forecaster
from conductor_tui.domain.resources import LoadLimits
from conductor_tui.domain.snapshot import Snapshot
from conductor_tui.engine.hub import Hub
from conductor_tui.ports import Clock

TOLD_WITHIN_S = 900.0
_PERCENT = ("ram", "cpu", "disk")
_CALM = 0.9  # of a limit: below that a growth that was told is over


class Foreseeing:
    """Fed with each new sample of the host; on the engine's loop."""

    def __init__(self, hub: Hub, clock: Clock) -> None:
        self._hub, self._clock = hub, clock
        self._limits = LoadLimits()
        self._forecasters: dict[str, Forecaster] = {}
        self._filling: dict[str, Filling] = {}
        self._values: dict[str, list[float]] = {}
        self._step_at: float | None = None
        self._told: set[str] = set()

    def look(self, limits: LoadLimits) -> None:
        """Take the newest sample; after each full step tell what is ahead."""
        if limits.forecast is not self._limits.forecast:
            self._forecasters.clear()
        self._limits = limits
        now, snapshot = self._clock.monotonic(), self._hub.snapshot
        for name, value in _read(snapshot).items():
            self._values.setdefault(name, []).append(value)
        if self._step_at is None:
            self._step_at = now
        if now - self._step_at < STEP_S:
            return
        self._step_at = now
        forecasts = {
            name: forecast
            for name, values in self._values.items()
            if (forecast := self._forecast(name, now, fmean(values))) is not None
        }
        self._values.clear()
        full = self._full(snapshot, now)
        self._hub.publish(ForecastMade(forecasts=forecasts, full_in_s=full))
        for name in _PERCENT:
            if name in forecasts:
                self._tell_growth(name, forecasts[name])

    def _forecast(self, name: str, now: float, value: float) -> Forecast | None:
        forecaster = self._forecasters.get(name)
        if forecaster is None:
            most = 100.0 if name in _PERCENT else float("inf")
            forecaster = Forecaster(self._limits.forecast, least=0.0, most=most)
            self._forecasters[name] = forecaster
        forecaster.observe(now, value)
        return forecaster.forecast()

    def _full(self, snapshot: Snapshot, now: float) -> Mapping[str, float]:
        sample = snapshot.resources.sample
        disks = {disk.mount: disk for disk in sample.disks} if sample else {}
        self._filling = {
            mount: self._filling.get(mount) or Filling() for mount in disks
        }
        full = dict[str, float]()
        for mount, filling in self._filling.items():
            filling.observe(now, disks[mount].percent)
            if (in_s := filling.full_in_s()) is not None:
                full[mount] = in_s
        return full

    def _tell_growth(self, name: str, forecast: Forecast) -> None:
        """Once for each growth: it is over when it is far below the limit again, or
        the limit was reached, which the load state tells.
        """
        limit = self._limits.degraded_at
        in_s = forecast.reaches_s(limit, TOLD_WITHIN_S)
        if in_s is None:
            if forecast.trend <= 0 and forecast.now < _CALM * limit:
                self._told.discard(name)
        elif in_s == 0:
            self._told.add(name)
        elif name not in self._told:
            self._told.add(name)
            told = LimitForeseen(resource=name, limit=limit, in_s=in_s)
            self._hub.publish(told)


def _read(snapshot: Snapshot) -> dict[str, float]:
    """Return the newest value of each series. The queue is of requests that wait."""
    sample = snapshot.resources.sample
    if sample is None:
        return {}
    disk = sample.fullest_disk
    waiting = sum(view.requests.waiting for view in snapshot.platforms.in_order())
    return {
        "ram": sample.ram_percent,
        "cpu": sample.cpu_percent,
        "disk": disk.percent if disk else 0.0,
        "queue": float(waiting),
    }
