"""The ways to put a call behind a breaker: decorators and blocks, plain and async."""

from collections.abc import Awaitable, Callable
from contextvars import ContextVar
from functools import wraps
from types import TracebackType
from typing import Any, ParamSpec, Self, TypeVar, cast

from conductor_tui.client.permits import Permit

P = ParamSpec("P")
R = TypeVar("R")


class Guard:
    """Every way raises Rejected, and does not run, when the call must not be made."""

    def admit(self) -> Permit:
        """Give leave for one call; `settle` or `cancel` it. Raises Rejected."""
        raise NotImplementedError

    async def admit_async(self) -> Permit:
        """The same; the first word of all is awaited, and holds up no loop."""
        raise NotImplementedError

    def settle(self, permit: Permit, error: BaseException | None = None) -> None:
        """Say how the call ended: with what it raised, or None."""
        raise NotImplementedError

    def stray(self) -> Permit:
        """Return the permit of a block that was entered in another context."""
        raise NotImplementedError

    def __call__(self, func: Callable[P, R]) -> Callable[P, R]:
        """Decorate a function, plain or async. Raises TypeError for a generator's."""
        import inspect  # five milliseconds, for who decorates only

        if inspect.isgeneratorfunction(func) or inspect.isasyncgenfunction(func):
            words = f"{func!r} is a generator function: what it does is done later"
            raise TypeError(f"{words}; write `with breaker:` inside it")
        if inspect.iscoroutinefunction(func):
            wrapped = self._around_async(cast(Callable[P, Awaitable[Any]], func))
            return cast(Callable[P, R], wrapped)
        return self._around(func)

    def _around(self, func: Callable[P, R]) -> Callable[P, R]:
        admit, settle = self.admit, self.settle

        @wraps(func)
        def guarded(*args: P.args, **kwargs: P.kwargs) -> R:
            permit = admit()
            try:
                result = func(*args, **kwargs)
            except BaseException as error:
                settle(permit, error)
                raise
            settle(permit)
            return result

        return guarded

    def _around_async(
        self, func: Callable[P, Awaitable[Any]]
    ) -> Callable[P, Awaitable[Any]]:
        admit, settle = self.admit_async, self.settle

        @wraps(func)
        async def guarded(*args: P.args, **kwargs: P.kwargs) -> Any:
            permit = await admit()
            try:
                result = await func(*args, **kwargs)
            except BaseException as error:
                settle(permit, error)
                raise
            settle(permit)
            return result

        return guarded

    def __enter__(self) -> Self:
        self._push(self.admit())
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.settle(self._pop(), error)

    async def __aenter__(self) -> Self:
        self._push(await self.admit_async())
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.settle(self._pop(), error)

    def _push(self, permit: Permit) -> None:
        _entered.set((self, permit, _entered.get()))

    def _pop(self) -> Permit:
        """Return the permit of the block that ends, even if another one that was
        entered later is still open.
        """
        entry, passed = _entered.get(), []
        while entry is not None and entry[0] is not self:
            passed.append(entry)
            entry = entry[2]
        if entry is None:
            return self.stray()
        rest = entry[2]
        for guard, permit, _ in reversed(passed):
            rest = (guard, permit, rest)
        _entered.set(rest)
        return cast(Permit, entry[1])


_entered: ContextVar[Any] = ContextVar("entered", default=None)
"""(guard, permit, entry before) of the blocks that are open in this context."""
