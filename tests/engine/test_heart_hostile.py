"""Whatever comes in: nothing raises, nothing grows, nothing is shown uncleaned."""

import asyncio
import math

from hypothesis import given, settings
from hypothesis import strategies as st

from conductor_tui.adapters.wire.status import status_document
from conductor_tui.domain.agent import KEPT_BEATS
from conductor_tui.domain.heartbeat import Beat, BeatKind
from conductor_tui.domain.ids import AgentId
from conductor_tui.domain.settings import CreateSettings
from conductor_tui.domain.text import visible
from conductor_tui.engine.heart_ingest import KEPT_STRANGERS
from conductor_tui.engine.heart_record import KEPT_RUNS
from conductor_tui.engine.heart_words import NOTE_LENGTH, RUN_LENGTH, WORDS_LENGTH
from tests.engine.hearing import agent, listening

MOST = 3
anything = st.text(max_size=40) | st.sampled_from(["\x1b[2J", "x" * 9000, "\u202e", ""])
numbers = st.none() | st.floats() | st.integers(-5, 100).map(float)
beats = st.builds(
    Beat,
    agent=(anything | st.sampled_from(["a", "w1", "w2", "w3", "w4"])).map(AgentId),
    kind=st.sampled_from(list(BeatKind)),
    note=anything,
    words=anything,
    run=anything,
    exit_code=st.none() | st.integers(-300, 300),
    duration_s=numbers,
    extends_s=numbers,
    via=anything,
)


def is_shown(text: str) -> bool:
    """True when there is nothing in it that may not reach a terminal."""
    return visible(text, len(text)) == text


async def bears(heard: list[Beat]) -> None:
    create = CreateSettings(names=r"w.*", limit=MOST)
    async with listening(agent("a"), create=create) as here:
        for beat in heard:
            here.heart.hear(beat)
            await here.pass_time(0.3)
        await here.pass_time(20)
        here.heart.tell()
        snapshot = here.hub.snapshot
        assert len(snapshot.agents) <= 1 + MOST
        assert len(snapshot.ingest.strangers) <= KEPT_STRANGERS
        assert all(is_shown(name) for name in snapshot.ingest.strangers)
        for view in snapshot.agents.in_order():
            texts = (view.why, view.agent, view.spec.origin, *view.notes)
            assert all(is_shown(text) for text in texts)
            assert len(view.notes) <= KEPT_BEATS
            assert len(view.runs) <= KEPT_RUNS
            if last := view.last:
                assert is_shown(last.words + last.note + last.run + last.via)
                assert len(last.words) <= WORDS_LENGTH
                assert len(last.note) <= NOTE_LENGTH
                assert len(last.run) <= RUN_LENGTH
        told = status_document(snapshot, here.clock.now())
        for one in told["agents"]:
            numbers = (one["age_s"], one["due_s"], one["duration_s"])
            assert all(value is None or math.isfinite(value) for value in numbers)


@settings(max_examples=60, deadline=None)
@given(st.lists(beats, max_size=15))
def test_nothing_that_comes_in_does_any_harm(heard: list[Beat]) -> None:
    asyncio.run(bears(heard))
