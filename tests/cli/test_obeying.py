"""`trip` returns when programs obey: a real daemon, and a program beside it."""

import json
import subprocess
import threading

from conductor_tui.cli.exits import ExitCode
from conductor_tui.client import Client
from tests.cli.serving import PROGRAM, Serving, daemon

ONE = '[[platform]]\nname = "api"\nprobe = "file"\ntarget = "{here}"\n'


def run(here: Serving, *argv: str) -> str:
    done = subprocess.run(
        [*PROGRAM, *argv], env=here.environ, capture_output=True, text=True, timeout=60
    )
    assert (done.returncode, done.stderr) == (ExitCode.OK, "")
    return done.stdout


def until_attached(here: Serving, clients: int) -> None:
    pause = threading.Event()
    for _ in range(1000):
        seen = here.client.ask("GET", "/v1/platforms/api", key="traffic")
        if seen["traffic"]["applied"] == seen["traffic"]["clients"] == clients:
            return
        pause.wait(0.02)
    raise AssertionError("it never was attached")


def test_what_is_tripped_is_stopped_when_the_command_returns() -> None:
    with daemon(ONE) as here:
        here.serve()
        with Client("bot-a", url=f"unix:{here.socket}", first_word_s=20) as client:
            breaker = client.breaker("api")
            breaker.settle(breaker.admit())
            until_attached(here, 1)
            told = run(here, "trip", "api", "--reason", "swap")
            assert not breaker.is_admitting
            assert told == "api  HELD until somebody resets it; applied on 1/1\n"
            [reset] = json.loads(run(here, "reset", "api", "--json"))
            assert breaker.is_admitting
            assert (reset["applied"], reset["clients"]) == (1, 1)
        until_attached(here, 0)
        told = run(here, "trip", "api", "--reason", "swap")
        assert told == "api  HELD until somebody resets it\n"
