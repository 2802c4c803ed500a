"""Agents as text to take away: one as Markdown, many as a table."""

from collections.abc import Sequence

from conductor_tui.domain.agent import AgentView
from conductor_tui.tui.present.agent_beats import beats, intervals
from conductor_tui.tui.present.agent_note import note_lines
from conductor_tui.tui.present.agent_row import agent_row, agent_titles
from conductor_tui.tui.present.agent_words import agent_face, reason, rule
from conductor_tui.tui.present.agents_order import AgentSort
from conductor_tui.tui.present.lens import Lens
from conductor_tui.tui.present.spans import text_of
from conductor_tui.tui.present.words import age

_WIDTH = 140
_NEWEST = 10


def agent_text(view: AgentView, lens: Lens) -> str:
    """Return what is worth telling of an agent, as Markdown."""
    lasted = age(view.since, lens)
    heard = age(view.heard_at, lens)
    told = [
        f"## {view.agent}: {agent_face(view).word}{f' for {lasted}' if lasted else ''}",
        "",
        f"- {rule(view)}",
        f"- last beat {heard} ago" if heard else "- never heard",
    ]
    if words := reason(view, lens):
        told.append(f"- {words}")
    told.append(f"- {view.beats:,} beats")
    newest = [f"{one:.2f}" for one in intervals(view)[-_NEWEST:]]
    if newest:
        told.append(f"- newest intervals, in seconds: {', '.join(newest)}")
    known = beats(view, 1)
    pairs = note_lines(known[-1].note) if known else []
    told += [f"- {key}: {value}" if key else f"- {value}" for key, value in pairs]
    return "\n".join(told)


def table_text(views: Sequence[AgentView], lens: Lens) -> str:
    """Return agents as rows of text."""
    longest = max((len(view.agent) for view in views), default=0)
    rows = [agent_row(view, lens, _WIDTH, longest) for view in views]
    lines = [agent_titles(_WIDTH, longest, AgentSort.NAME), *rows]
    return "\n".join(text_of(line).rstrip() for line in lines)
