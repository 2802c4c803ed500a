"""Twenty commands on one epoch at the same moment: does one win, and do 19 hear why?

    python -m tests.bench.races [ROUNDS]

A real engine in a process of its own, on a real journal; twenty processes that hold a
connection to its unix socket each, and send when a barrier lets them go. Rounds are
trips and resets by turns, all aimed at the epoch that the round before left.
"""

import http.client
import json
import multiprocessing
import socket
import sys
import tempfile
import time
from multiprocessing.synchronize import Barrier
from pathlib import Path
from typing import Any, NamedTuple

from tests.bench.crashes import World

RACERS, PLATFORM = 20, "p0"


class Heard(NamedTuple):
    """What one racer was answered in one round."""

    status: int
    said: dict[str, Any]
    took_s: float


class _Connection(http.client.HTTPConnection):
    def __init__(self, path: str) -> None:
        super().__init__("localhost", timeout=30)
        self._path = path

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.connect(self._path)


def racer(path: str, number: int, rounds: int, gate: Barrier, into: Any) -> None:
    connection, epoch, heard = _Connection(path), 0, []
    connection.connect()
    for index in range(rounds):
        verb = "reset" if index % 2 else "trip"
        body: dict[str, Any] = {"if_epoch": epoch, "by": f"racer {number}"}
        if verb == "trip":
            body["why"] = f"racer {number}"
        gate.wait()
        began = time.perf_counter()
        connection.request(
            "POST", f"/v1/breakers/{PLATFORM}/{verb}", json.dumps(body).encode()
        )
        answer = connection.getresponse()
        said = json.loads(answer.read())
        heard.append(Heard(answer.status, said, time.perf_counter() - began))
        epoch = said["epoch"]
        gate.wait()
    connection.close()
    into.put(heard)


def race(path: str, rounds: int) -> list[tuple[Heard, ...]]:
    """Return what each round's racers heard."""
    context = multiprocessing.get_context("spawn")
    gate, into = context.Barrier(RACERS), context.Queue()
    racers = [
        context.Process(target=racer, args=(path, number, rounds, gate, into))
        for number in range(RACERS)
    ]
    for one in racers:
        one.start()
    heard = [into.get() for _ in racers]
    for one in racers:
        one.join()
    return list(zip(*heard, strict=True))


def wrong_of(number: int, heard: tuple[Heard, ...]) -> list[str]:
    """Return what is not as it must be in one round."""
    won = [one.said for one in heard if one.status == 200]
    lost = [one.said for one in heard if one.status == 409]
    if (len(won), len(lost)) != (1, RACERS - 1):
        return [f"round {number}: {len(won)} won, {len(lost)} lost"]
    words = f"(by {won[0]['by']})"
    told = [one for one in lost if words in one["detail"]]
    if len(told) != len(lost) or {one["epoch"] for one in lost} != {won[0]["epoch"]}:
        return [f"round {number}: {lost[0]['detail']!r} does not say {words}"]
    return []


def main() -> None:
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 50
    # not the usual place for temporary files: others may write there
    with tempfile.TemporaryDirectory(prefix=".races-", dir=Path.home()) as folder:
        world = World(Path(folder))
        world.prepare()
        with world.engine():
            path = world.client.via.removeprefix("unix:")
            heard = race(path, rounds)
    wrong = [one for index, some in enumerate(heard) for one in wrong_of(index, some)]
    for one in wrong:
        print(one)
    took = sorted(one.took_s for some in heard for one in some)
    figures = {
        "rounds": rounds,
        "racers": RACERS,
        "wrong": len(wrong),
        "answer_ms": [round(took[int(len(took) * q)] * 1000, 1) for q in (0.5, 0.99)],
    }
    print(json.dumps(figures))
    sys.exit(bool(wrong))


if __name__ == "__main__":
    main()
