"""Both loops that the engine may run on, and the look for what a probe left open."""

import asyncio
import inspect
import os
from collections.abc import Callable, Coroutine
from contextlib import suppress
from typing import Any

import pytest
import uvloop

FACTORIES = {"asyncio": asyncio.new_event_loop, "uvloop": uvloop.new_event_loop}


def on_both_loops(test: Callable[..., Coroutine[Any, Any, None]]) -> Any:
    """Run an async test twice, each time in a fresh loop that is closed behind it."""

    def run(loop_name: str, **arguments: object) -> None:
        with asyncio.Runner(loop_factory=FACTORIES[loop_name]) as runner:
            runner.run(test(**arguments))

    signature = inspect.signature(test)
    loop_name = inspect.Parameter("loop_name", inspect.Parameter.KEYWORD_ONLY)
    parameters = [*signature.parameters.values(), loop_name]
    run.__signature__ = signature.replace(  # type: ignore[attr-defined]
        parameters=parameters, return_annotation=None
    )
    run.__name__, run.__module__ = test.__name__, test.__module__
    run.pytestmark = getattr(test, "pytestmark", [])  # type: ignore[attr-defined]
    return pytest.mark.parametrize("loop_name", list(FACTORIES))(run)


def open_files() -> set[str]:
    """Return the sockets, pipes and pidfds that this process holds open."""
    found = set()
    for fd in os.listdir("/proc/self/fd"):
        with suppress(FileNotFoundError):  # the listing itself
            name = os.readlink(f"/proc/self/fd/{fd}")
            if name.startswith(("socket:", "pipe:", "anon_inode:[pidfd]")):
                found.add(f"{fd} {name}")
    return found


async def until(condition: Callable[[], bool]) -> None:
    """Wait for the system to get there (a process to die); give up after 10 s."""
    async with asyncio.timeout(10):
        while not condition():  # noqa: ASYNC110 - the system sets no Event
            await asyncio.sleep(0.005)
