"""What is foreseen of the host, in words: limits that are reached, disks that fill."""

from conductor_tui.domain.forecasting.forecast import Forecast
from conductor_tui.domain.resources import ResourcesView

SOON_S = 900.0  # what is further away is not worth a word
_DAY_S = 86_400.0
_NAMES = {"ram": "RAM", "cpu": "CPU", "disk": "disk"}


def foreseen(resource: str, limit: float, in_s: float) -> tuple[str, str]:
    """Return what happens, and when: of an event, and of the note on the screens."""
    name = _NAMES.get(resource, resource)
    return f"{name} is growing", f"{name} reaches {limit:g} % in {about(in_s)}"


def outlook(name: str, forecast: Forecast | None, limit: float) -> str:
    """Return what a resource will come to, in a few words; "" for nothing of note."""
    if forecast is None or forecast.now >= limit:
        return ""
    if (in_s := forecast.reaches_s(limit, SOON_S)) is not None:
        return foreseen(name, limit, in_s)[1]
    if (in_s := forecast.may_reach_s(limit)) is not None:
        return f"{_NAMES.get(name, name)} may reach {limit:g} % within {about(in_s)}"
    return ""


def growth(view: ResourcesView) -> str:
    """Return which limit is reached soonest by a steady growth; "" for none."""
    limit, soonest = view.limits.degraded_at, dict[str, float]()
    for name in _NAMES:
        forecast = view.forecasts.get(name)
        in_s = forecast.reaches_s(limit, SOON_S) if forecast else None
        if in_s:
            soonest[name] = in_s
    if not soonest:
        return ""
    name = min(soonest, key=soonest.__getitem__)
    return foreseen(name, limit, soonest[name])[1]


def full_disk(view: ResourcesView, mount: str) -> str:
    """Return when a mount is full, if it grows so steadily that this can be said."""
    in_s = view.full_in_s.get(mount)
    return "" if in_s is None else f"full in {about(in_s)}"


def about(seconds: float) -> str:
    """Return a time that nobody knows to the second: `about 7 min`."""
    if seconds < 90:
        return f"about {max(10, round(seconds / 10) * 10)} s"
    if seconds < 5400:
        return f"about {round(seconds / 60)} min"
    if seconds < 2 * _DAY_S:
        return f"about {round(seconds / 3600)} h"
    return f"about {round(seconds / _DAY_S)} days"
