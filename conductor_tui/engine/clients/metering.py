"""Totals that come now and then, as rates."""

from dataclasses import replace

from conductor_tui.domain.client import Traffic

LEAST_S = 0.5  # between two readings: a report may follow another at once
SILENT_S = 3.0  # a client that says nothing for so long has nothing to say


class Meter:
    """`first` are the totals it begins with, at `now` (monotonic seconds)."""

    def __init__(self, first: Traffic, now: float) -> None:
        self._base, self._at, self._rates = first, now, first.at_rest

    def read(self, totals: Traffic, now: float) -> Traffic:
        """Return the totals with what is added to them a second."""
        past_s, base = now - self._at, self._base
        if past_s >= LEAST_S:
            self._rates = Traffic(
                calls_hz=_hz(totals.calls - base.calls, past_s),
                failed_hz=_hz(totals.failed - base.failed, past_s),
                rejected_hz=_hz(totals.rejected - base.rejected, past_s),
            )
            self._base, self._at = totals, now
        rates = self._rates
        return replace(
            totals,
            calls_hz=rates.calls_hz,
            failed_hz=rates.failed_hz,
            rejected_hz=rates.rejected_hz,
        )


def _hz(more: int, past_s: float) -> float:
    return max(0.0, more / past_s)
