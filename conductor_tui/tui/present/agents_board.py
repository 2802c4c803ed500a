"""The board of agents: thousands of rows, of which only those in sight are drawn."""

from collections.abc import Container, Sequence

from rich.cells import cell_len

from conductor_tui.domain.ids import AgentId
from conductor_tui.tui.present.agent_row import (
    LIST_BELOW,
    agent_list_row,
    agent_row,
    agent_titles,
)
from conductor_tui.tui.present.agents_order import Agents, AgentSort
from conductor_tui.tui.present.board import Lazy, Memo, Picture, Same
from conductor_tui.tui.present.grid import Grid, index_of
from conductor_tui.tui.present.groups import Heading, with_groups
from conductor_tui.tui.present.lens import Lens
from conductor_tui.tui.present.look import Look
from conductor_tui.tui.present.spans import Line


class AgentPainter:
    """Draws the board, and draws no row twice in one second."""

    def __init__(self) -> None:
        self._rows: Memo[Line] = Memo()
        self._names: tuple[AgentId, ...] = ()
        self._index: dict[AgentId, int] = {}
        self._longest = 0

    def paint(
        self,
        names: tuple[AgentId, ...],
        agents: Agents,
        lens: Lens,
        width: int,
        sort: AgentSort,
        cursor: AgentId | None,
        marks: Container[AgentId],
    ) -> Picture[AgentId]:
        """Return the board for `names`, in this order; all must be in `agents`."""
        if names is not self._names:
            self._names, self._index = names, index_of(names)
            self._longest = max(map(cell_len, names), default=0)
        self._rows.keep_only(self._index)
        longest, is_list = self._longest, width < LIST_BELOW
        draw = agent_list_row if is_list else agent_row

        def line(name: AgentId) -> Line:
            view, seen = agents[name], Look(name == cursor, name in marks)
            because = (view, lens.second, width, longest, seen)
            return self._rows.get(
                name, because, lambda: draw(view, lens, width, longest, seen)
            )

        def entry(one: AgentId | Heading) -> Line:
            return one.line(width) if isinstance(one, Heading) else line(one)

        titles = () if is_list else agent_titles(width, longest, sort)
        if sort is AgentSort.GROUP and not is_list:
            groups = [agents[name].spec.group for name in names]
            entries, tops = with_groups(names, groups)
            return Picture(self._grid(tops, width), Lazy(entries, entry), titles)
        grid = self._grid(range(len(names)), width)
        return Picture(grid, Lazy(names, line), titles)

    def _grid(self, tops: Sequence[int], width: int) -> Grid[AgentId]:
        return Grid(
            names=self._names,
            index=self._index,
            columns=1,
            width=max(1, width),
            tops=tops,
            heights=Same(1, len(self._names)),
        )
