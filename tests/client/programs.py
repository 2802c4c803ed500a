"""Programs that ask the conductor at $CONDUCTOR_TUI_URL, each in an interpreter of its
own: `python -W error -m tests.client.programs NAME [ARGUMENT]`.

A child that hangs is ended by an alarm, and told by its signal.
"""

import os
import signal
import socket
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import count
from time import monotonic

from conductor_tui.client import Breaker, Client, Rejected

HANGS_S = 20
PACE_S = 0.002
pace = threading.Event()  # never set: a wait is a pause


def say(*words: object) -> None:
    """At once and in one piece: children write to the same pipe."""
    os.write(1, (" ".join(map(str, words)) + "\n").encode())


def follow(breaker: Breaker, name: str) -> None:
    """Call until it is rejected, and say so; then until it is not."""
    say(name, os.getpid(), "calls")
    for wanted in (False, True):
        while is_through(breaker) is not wanted:
            pace.wait(PACE_S)
        say(name, os.getpid(), "through" if wanted else "rejected")


def is_through(breaker: Breaker) -> bool:
    try:
        with breaker:
            return True
    except Rejected:
        return False


def in_children(number_of: int) -> Iterator[int]:
    """Fork so often; yields in each child, and its number, then the child ends."""
    for number in range(number_of):
        if os.fork() == 0:
            signal.alarm(HANGS_S)
            code = 1
            try:
                yield number
                code = 0
            finally:
                os._exit(code)


def ends(number_of: int) -> list[int]:
    """Return how the children ended: 0, an exit code, or minus a signal."""
    return [os.waitstatus_to_exitcode(os.wait()[1]) for _ in range(number_of)]


def prefork(workers: int) -> None:
    """As gunicorn with --preload does: the master connects, and forks workers."""
    with Client("web") as client:
        breaker = client.breaker("redis")
        assert client.wait(HANGS_S)
        assert is_through(breaker)
        for _ in in_children(workers):
            follow(breaker, "worker")
        follow(breaker, "master")
        say("ended", *ends(workers))


def forks(times: int) -> None:
    """Fork while other threads are in the middle of everything."""
    with Client("busy") as client:
        breaker, over = client.breaker("redis", failures=10_000), threading.Event()
        assert client.wait(HANGS_S)

        def call() -> None:
            while not over.is_set():
                breaker.settle(breaker.admit(), KeyError("once"))
                breaker.settle(breaker.admit())

        threads = [threading.Thread(target=call) for _ in range(4)]
        for thread in threads:
            thread.start()
        for _ in in_children(times):
            assert is_through(breaker)
            assert client.wait(HANGS_S)
        found = ends(times)
        over.set()
        for thread in threads:
            thread.join()
    say("ended", *found)


def leave(how: str) -> None:
    """End in one of the ways that programs end, with a breaker in use."""
    client = Client("leaver", first_word_s=0.05)
    breaker = client.breaker("redis")
    is_through(breaker)
    beater = client.beater("leaver-1", interval_s=0.1).start()
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda _: is_through(breaker), range(50)))
    say("called")
    match how:
        case "exit":
            sys.exit(3)
        case "error":
            raise RuntimeError("as programs do")
        case "interrupt":
            os.kill(os.getpid(), signal.SIGINT)
            pace.wait(HANGS_S)
        case "child":
            if os.fork() == 0:
                signal.alarm(HANGS_S)
                is_through(breaker)
                sys.exit(0)  # with all that is done at an interpreter's exit
            sys.exit(ends(1)[0])
        case "closed":
            beater.stop()
            client.close()
        case _:
            pass  # it has nothing more to do


def crowd(port: int) -> None:
    """Eight threads call a server, by a breaker that opens at once. Tells each 200
    rejections, and the first call that passes after one: then it ends.
    """
    is_well, rejected = threading.Event(), count()
    reports = os.environ["REPORTS"] == "yes"
    with Client("crowd", report=reports) as client:
        breaker = client.breaker("redis", failures=1, reset_after_s=0.2)
        assert client.wait(HANGS_S)

        def run() -> None:
            while not is_well.is_set():
                try:
                    with breaker:
                        ask(port)
                        is_well.set()
                except Rejected:
                    if next(rejected) % 200 == 199:
                        say("rejected")
                except OSError:
                    pass
                pace.wait(PACE_S)

        threads = [threading.Thread(target=run) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    say("well")


def ask(port: int) -> None:
    """Say when the call was let through. Raises OSError where it is not well."""
    began = b"%.9f" % monotonic()
    with socket.create_connection(("127.0.0.1", port), HANGS_S) as sock:
        sock.sendall(began)
        if sock.recv(8) != b"well":
            raise ConnectionError("ill")


if __name__ == "__main__":
    signal.alarm(3 * HANGS_S)
    what, argument = sys.argv[1:]
    if what == "leave":
        leave(argument)
    else:
        {"prefork": prefork, "forks": forks, "crowd": crowd}[what](int(argument))
