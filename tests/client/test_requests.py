"""requests' own ways: its retries, threads, copies, what is the caller's fault."""

import copy
import pickle
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import requests

from conductor_tui.client import Rejected
from conductor_tui.client.for_requests import mount_breakers
from conductor_tui.domain.states import BreakerState
from tests.client.test_http import Asked, port

__all__ = ["port"]


def session(asked: Asked, **more: Any) -> requests.Session:
    made = requests.Session()
    mount_breakers(made, asked, hosts={"127.0.0.1": "api"}, **more)
    return made


@pytest.mark.parametrize(
    "asking",
    [
        pytest.param({"timeout": (1, 2, 3)}, id="a timeout of three"),
        pytest.param({"timeout": "x"}, id="a timeout in letters"),
        pytest.param({"verify": "/no/such/file"}, id="no certificates there"),
    ],
)
def test_what_the_caller_did_wrong_is_no_failure(asking: dict[str, object]) -> None:
    asked = Asked(1)
    with session(asked) as web, pytest.raises((ValueError, OSError)):
        web.request("GET", "https://127.0.0.1:9/", **asking)  # type: ignore[arg-type]
    assert asked.stats == (1, 0, 0)


def test_retries_of_the_adapter_are_one_call(port: int) -> None:
    from urllib3.util import Retry

    asked = Asked(1)
    retries = Retry(2, status_forcelist=[503], backoff_factor=0)
    with (
        session(asked, max_retries=retries) as web,
        pytest.raises(requests.exceptions.RetryError),
    ):
        web.get(f"http://127.0.0.1:{port}/503", timeout=10)
    assert asked.stats == (1, 1, 0)


@pytest.mark.parametrize(
    "make", [copy.deepcopy, pickle.dumps], ids=["copied", "pickled"]
)
def test_a_session_says_at_once_that_it_cannot_be(make: object) -> None:
    assert callable(make)
    with session(Asked(1)) as web, pytest.raises(TypeError, match="mount_breakers"):
        make(web)


def test_threads_share_a_session_until_it_is_held(port: int) -> None:
    asked, url = Asked(1), f"http://127.0.0.1:{port}/200"
    with session(asked, pool_maxsize=8) as web, ThreadPoolExecutor(8) as pool:

        def get(_: int) -> bool:
            try:
                return web.get(url, timeout=10).ok
            except Rejected:
                return False

        assert all(pool.map(get, range(40)))
        asked.desks["api"].tell(BreakerState.HELD)
        assert not any(pool.map(get, range(40)))
    assert asked.stats == (40, 0, 40)
