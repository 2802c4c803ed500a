"""The engine runs before there is a loop, and its end is told to whoever asks later."""

from threading import Event

from conductor_tui.tui.engine_thread import EngineThread


class Engine:
    """Runs until it is told to stop; or fails at once."""

    def __init__(self, error: Exception | None = None) -> None:
        self.runs, self._stopped, self._error = Event(), Event(), error

    def run(self) -> None:
        self.runs.set()
        if self._error:
            raise self._error
        self._stopped.wait(10)

    def stop(self) -> None:
        self._stopped.set()


def test_it_runs_before_there_is_a_screen() -> None:
    engine = Engine()
    thread = EngineThread(engine)
    thread.start()
    assert engine.runs.wait(10)
    assert thread.stop(within_s=10)


async def test_started_before_it_is_not_started_twice() -> None:
    thread = EngineThread(Engine())
    thread.start()
    thread.stop(within_s=10)
    assert await thread.run() == ""


async def test_what_ended_it_before_the_screen_came_is_told_nevertheless() -> None:
    thread = EngineThread(Engine(OSError("no\nroom")))
    thread.start()
    assert await thread.run() == "the engine stopped: no room"


def test_one_that_never_started_has_nothing_to_stop() -> None:
    assert EngineThread(Engine()).stop(within_s=0)
