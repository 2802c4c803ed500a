"""tenacity's exponential waits with jitter, for what is tried again and again."""

from typing import TYPE_CHECKING

from conductor_tui.ports import Backoff

if TYPE_CHECKING:
    from tenacity.wait import wait_base

LONGEST_S = 60.0


def backoff() -> Backoff:
    """Return about 1, 2, 4 ... 60 seconds: half of each is fixed, half is random
    ("equal jitter", AWS Architecture Blog, "Exponential Backoff And Jitter").
    """
    made: list[wait_base] = []

    def wait_s(failures: int) -> float:
        import tenacity  # here: most runs never fail, and need not load it

        if not made:
            half = {"multiplier": 0.5, "max": LONGEST_S / 2}
            random = tenacity.wait_random_exponential(**half)
            made.append(tenacity.wait_exponential(**half) + random)
        state = tenacity.RetryCallState(tenacity.Retrying(), None, (), {})
        state.attempt_number = max(1, failures)
        return float(made[0](state))

    return wait_s
