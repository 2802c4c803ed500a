"""The engine's own figures at a steady beat: is it keeping up, what does it cost?"""

from collections.abc import Sequence

from conductor_tui.domain.events import OwnSampled
from conductor_tui.domain.own import OWN_INTERVAL_S, OwnSample
from conductor_tui.engine.hub import Hub
from conductor_tui.engine.judging import Judge
from conductor_tui.engine.scheduler import Scheduler
from conductor_tui.ports import Clock, OwnMeter, Watchdog


async def keep_own(
    hub: Hub,
    scheduler: Scheduler,
    judge: Judge,
    watchdog: Watchdog,
    meter: OwnMeter,
    clock: Clock,
) -> None:
    """Publish a sample every OWN_INTERVAL_S, for ever."""
    while True:
        await clock.sleep(OWN_INTERVAL_S)
        lags, late = sorted(watchdog.take_lags()), sorted(scheduler.take_lateness())
        use = meter.use()
        sample = OwnSample(
            at=clock.now(),
            lag_p50_s=_share(lags, 0.5),
            lag_max_s=_share(lags, 1.0),
            late_p50_s=_share(late, 0.5),
            late_p99_s=_share(late, 0.99),
            checks=scheduler.checks,
            overruns=scheduler.overruns,
            in_flight=scheduler.in_flight,
            inconclusive=judge.inconclusive,
            cpu_percent=use.cpu_percent,
            rss_bytes=use.rss_bytes,
            threads=use.threads,
            open_files=use.open_files,
        )
        hub.publish(OwnSampled(sample=sample))


def _share(in_order: Sequence[float], share: float) -> float:
    """Return the value that `share` of them do not exceed; 0.0 of none."""
    if not in_order:
        return 0.0
    return in_order[min(len(in_order) - 1, int(len(in_order) * share))]
