import pytest

from conductor_tui.domain.check import Outcome
from conductor_tui.domain.health import Health, HealthRun, observe

P, F, T = Outcome.PASSED, Outcome.FAILED, Outcome.TIMED_OUT
H = Health


@pytest.mark.parametrize(
    ("outcomes", "failures", "health"),
    [
        pytest.param([], 3, H.UNKNOWN, id="nothing was said yet"),
        pytest.param([P], 3, H.HEALTHY, id="the first result is believed"),
        pytest.param([F], 3, H.DEGRADED, id="one bad result"),
        pytest.param([F, T], 3, H.CRITICAL, id="two, of either kind"),
        pytest.param([F, F, F], 3, H.FAILED, id="as many as the breaker bears"),
        pytest.param([F] * 9, 3, H.FAILED, id="it does not get worse than that"),
        pytest.param([F] * 4, 5, H.CRITICAL, id="a patient platform stays critical"),
        pytest.param([F], 1, H.FAILED, id="an impatient one fails at once"),
        pytest.param([F, F, F, P], 3, H.HEALTHY, id="one good result is healthy again"),
        pytest.param([F, Outcome.REFUSED, F], 3, H.CRITICAL, id="refused says nothing"),
        pytest.param([F, Outcome.INCONCLUSIVE], 3, H.DEGRADED, id="nor does a stall"),
    ],
)
def test_health_follows_the_run_of_bad_results(
    outcomes: list[Outcome], failures: int, health: Health
) -> None:
    run = HealthRun()
    for outcome in outcomes:
        run = observe(run, outcome, failures=failures)
    assert run.health is health


def test_severity_orders_the_states() -> None:
    assert sorted(Health, key=lambda h: h.severity) == list(Health)
    assert Health.HEALTHY.severity == 0
