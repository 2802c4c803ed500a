"""Agents in words, strips, orders and plots."""

from dataclasses import replace
from datetime import UTC, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conductor_tui.domain.agent import AgentView, Detector, IngestView, OpenRun, WayIn
from conductor_tui.domain.agent_fold import apply_agents
from conductor_tui.domain.events import (
    AgentAdded,
    AgentBeats,
    AgentHealthChanged,
    BeatsHeard,
    Event,
)
from conductor_tui.domain.health import Health
from conductor_tui.domain.heartbeat import Beat, BeatKind
from conductor_tui.domain.ids import AgentId
from conductor_tui.domain.roster import Roster
from conductor_tui.testing import EPOCH
from conductor_tui.tui.present.agent_beats import beats, intervals, missed, strip
from conductor_tui.tui.present.agent_note import MOST_LINES, note_lines
from conductor_tui.tui.present.agent_plot import WINDOWS_S, interval_plot, jitter
from conductor_tui.tui.present.agent_row import agent_list_row, agent_row
from conductor_tui.tui.present.agent_tally import (
    agent_tally,
    agents_in_short,
    unwell_in_short,
)
from conductor_tui.tui.present.agent_words import (
    agent_face,
    reason,
    rule,
    running,
    steps,
    worse,
)
from conductor_tui.tui.present.agents_filter import parse
from conductor_tui.tui.present.agents_order import (
    AgentOrder,
    AgentSort,
    AgentTaste,
    arrange,
)
from conductor_tui.tui.present.agents_page import ways_lines
from conductor_tui.tui.present.events import newest
from conductor_tui.tui.present.events_filter import filtered
from conductor_tui.tui.present.events_page import Log
from conductor_tui.tui.present.header import header, summary
from conductor_tui.tui.present.lens import Lens
from conductor_tui.tui.present.spans import cells, text_of
from conductor_tui.tui.present.words import span
from tests.build import history
from tests.tui import agent_days
from tests.tui.agent_days import agent

LENS = Lens(EPOCH, UTC)


def view(
    *said: tuple[float, BeatKind],
    health: Health = Health.HEALTHY,
    name: str = "a",
    interval_s: float = 5.0,
    cron: str = "",
    detector: Detector = Detector.FIXED,
    due_s: float | None = None,
) -> AgentView:
    """An agent that said these, so many seconds ago, oldest first."""
    spec = agent(name, interval_s=interval_s, cron=cron, detector=detector)
    agents: Roster[AgentId, AgentView] = Roster()
    agents = apply_agents(agents, AgentAdded(spec=spec), EPOCH)
    due_at = None if due_s is None else EPOCH + timedelta(seconds=due_s)
    if said:
        at = EPOCH.timestamp()
        told = tuple(
            (at - ago_s, Beat(agent=spec.agent, kind=kind)) for ago_s, kind in said
        )
        last = EPOCH - timedelta(seconds=said[-1][0])
        one = AgentBeats(
            agent=spec.agent,
            beats=told,
            count=len(told),
            heard_at=last,
            due_at=due_at,
        )
        agents = apply_agents(agents, BeatsHeard(agents=(one,)), EPOCH)
    return replace(agents[spec.agent], health=health, due_at=due_at)


def every(
    *ago_s: float, kind: BeatKind = BeatKind.BEAT
) -> list[tuple[float, BeatKind]]:
    return [(seconds, kind) for seconds in ago_s]


def test_a_steady_agent_draws_an_even_line() -> None:
    assert text_of(strip(view(*every(15, 10, 5, 0)), EPOCH, 6)) == "  ▄▄▄▄"


def test_beats_that_did_not_come_leave_a_hole() -> None:
    assert text_of(strip(view(*every(20, 5, 0)), EPOCH, 8)) == "   ▄  █▄"
    assert missed(beats(view(*every(20, 5, 0))), 5.0) == 2


def test_a_silence_that_lasts_leaves_a_hole_but_hides_not_what_was_before() -> None:
    assert text_of(strip(view(*every(20, 15)), EPOCH, 6)) == " ▄▄   "
    assert text_of(strip(view(*every(9005, 9000)), EPOCH, 6)) == " ▄▄   "


@pytest.mark.parametrize(
    ("kind", "sign", "tone"),
    [
        (BeatKind.FAIL, "×", "bar-failed"),
        (BeatKind.WARN, "!", "bar-degraded"),
        (BeatKind.START, "▸", "muted"),
        (BeatKind.LOG, "·", "muted"),
        (BeatKind.STOP, "■", "bar-held"),
    ],
)
def test_each_kind_of_beat_has_its_sign(kind: BeatKind, sign: str, tone: str) -> None:
    line = strip(view(*every(5), (0, kind)), EPOCH, 2)
    assert (line[-1].text, line[-1].tone) == (sign, tone)


@given(
    st.lists(
        st.tuples(st.floats(0, 1e6, allow_nan=False), st.sampled_from(list(BeatKind))),
        max_size=130,
    ),
    st.integers(0, 60),
    st.booleans(),
)
def test_a_strip_takes_exactly_its_width_whatever_was_said(
    said: list[tuple[float, BeatKind]], width: int, by_cron: bool
) -> None:
    one = view(*sorted(said, reverse=True), cron="* * * * *" if by_cron else "")
    assert cells(strip(one, EPOCH, width)) == width


def test_a_run_that_begins_is_no_interval() -> None:
    said = view((12, BeatKind.BEAT), (7, BeatKind.START), (2, BeatKind.BEAT))
    assert intervals(said) == [10.0]


def test_an_agent_that_was_never_heard_has_an_empty_strip() -> None:
    assert text_of(strip(view(), EPOCH, 4)) == "    "


def test_the_boundaries_are_those_of_the_ladder() -> None:
    assert [at for at, _ in steps(view()).ladder] == [7.5, 12.5, 17.5]
    assert steps(view(cron="0 3 * * *")).is_due


def test_an_agent_that_learns_has_its_own_boundaries_once_it_knows_enough() -> None:
    few = view(*every(10, 5, 0), detector=Detector.PHI)
    assert not steps(few).is_learned
    many = view(*every(*range(150, -1, -5)), detector=Detector.PHI)
    assert steps(many).is_learned
    assert steps(many).ladder[-1][1] is Health.FAILED


@pytest.mark.parametrize(
    ("health", "words"),
    [
        (Health.HEALTHY, "DEGRADED in 4 s"),
        (Health.DEGRADED, "CRITICAL in 4 s"),
        (Health.CRITICAL, "FAILED in 4 s"),
    ],
)
def test_what_comes_next_is_named_with_its_countdown(
    health: Health, words: str
) -> None:
    assert worse(view(*every(3), health=health, due_s=4), LENS) == words


def test_a_run_that_has_to_end_fails() -> None:
    by = EPOCH + timedelta(seconds=30)
    begun = replace(
        view((3, BeatKind.START), due_s=30),
        runs=(OpenRun(run="r-1", at=EPOCH - timedelta(seconds=3), by=by),),
    )
    assert worse(begun, LENS) == "FAILED in 30 s"
    assert running(begun, LENS) == "running 3 s (r-1)"
    assert reason(begun, LENS) == "running 3 s (r-1)"


def test_one_that_never_came_at_its_time_counts_down_its_grace() -> None:
    one = view(cron="0 3 * * *", due_s=-60, health=Health.UNKNOWN)
    one = replace(one, spec=replace(one.spec, grace_s=180.0))
    assert worse(one, LENS) == "FAILED in 2 m"
    assert "  2 m " in text_of(agent_row(one, LENS, 120, 10))


def test_one_by_cron_is_due_and_one_that_was_never_heard_fails() -> None:
    assert worse(view(cron="0 3 * * *", due_s=90), LENS) == "due in 1 m"
    unheard = view(health=Health.UNKNOWN, due_s=9)
    assert worse(unheard, LENS) == "FAILED in 9 s"


def test_nothing_comes_after_failed() -> None:
    assert worse(view(*every(99), health=Health.FAILED), LENS) == ""


def test_one_that_went_on_purpose_is_stopped_and_alarms_nobody() -> None:
    gone = replace(view((3, BeatKind.STOP)), is_stopped=True, health=Health.UNKNOWN)
    assert (agent_face(gone).word, agent_face(gone).quiet) == ("STOPPED", True)


def test_the_rule_is_told_in_a_sentence() -> None:
    assert rule(view()) == "a beat every 5s, grace 2.5s"
    created = replace(view(), spec=agent(created=True))
    assert rule(created).endswith("forgotten after 1d of silence")


@pytest.mark.parametrize("width", [8, 40, 71, 72, 90, 120, 200])
@pytest.mark.parametrize("name", sorted(agent_days.views()))
def test_a_row_takes_exactly_its_width(name: str, width: int) -> None:
    one, lens = agent_days.views()[name], agent_days.LENS
    assert cells(agent_list_row(one, lens, width)) == width
    assert cells(agent_row(one, lens, width, 20)) == width


def agents(*views: AgentView) -> Roster[AgentId, AgentView]:
    return Roster({one.agent: one for one in views})


A = view(*every(3), name="a", due_s=9)
B = view(*every(9), name="b", health=Health.DEGRADED, due_s=2)
C = view(name="c", health=Health.UNKNOWN)
ALL = agents(A, B, C)


@pytest.mark.parametrize(
    ("sort", "names"),
    [
        (AgentSort.NEED, "bca"),
        (AgentSort.NAME, "abc"),
        (AgentSort.GROUP, "bca"),
        (AgentSort.BEAT, "bac"),
        (AgentSort.WORSE, "bac"),
        (AgentSort.CHANGE, "bca"),
    ],
)
def test_agents_are_sorted(sort: AgentSort, names: str) -> None:
    assert "".join(arrange(ALL, AgentTaste(sort=sort))) == names
    assert "".join(arrange(ALL, AgentTaste(sort=sort, inverse=True))) == names[::-1]


def test_an_order_without_anything_new_is_the_same_object() -> None:
    order, taste = AgentOrder(), AgentTaste()
    names = order.update(ALL, EPOCH, taste)
    worse_now = ALL.put(A.agent, replace(A, beats=7))
    assert order.update(worse_now, EPOCH, taste) is names


def test_an_order_waits_for_the_hand_and_then_catches_up() -> None:
    order, taste = AgentOrder(), AgentTaste()
    order.update(ALL, EPOCH, taste)
    order.touch()
    failed = ALL.put(A.agent, replace(A, health=Health.FAILED))
    assert "".join(order.update(failed, EPOCH, taste)) == "bca"
    later = EPOCH + timedelta(seconds=6)
    assert "".join(order.update(failed, later, taste)) == "abc"


def test_under_a_hand_a_new_agent_goes_last_and_one_that_is_gone_goes() -> None:
    order, taste = AgentOrder(), AgentTaste()
    order.update(ALL, EPOCH, taste)
    order.touch()
    new = view(name="0", health=Health.FAILED)
    after = ALL.without(B.agent).put(new.agent, new)
    assert "".join(order.update(after, EPOCH, taste)) == "ca0"


@pytest.mark.parametrize(
    ("words", "trouble"),
    [
        ("state:failed", ""),
        ("state:open", "no state 'open'"),
        ("probe:http", "no key 'probe:', read as text"),
        ("state:", ""),
    ],
)
def test_a_filter_says_what_is_odd_about_it(words: str, trouble: str) -> None:
    assert parse(words).trouble.startswith(trouble)
    assert bool(parse(words).trouble) is bool(trouble)


def test_the_tally_counts_each_agent_once_worst_first() -> None:
    shares = agent_tally(agent_days.day().agents.in_order())
    assert [f"{share.count} {share.words}" for share in shares] == [
        "2 failed",
        "2 degraded",
        "1 unknown",
        "1 stopped",
        "6 healthy",
    ]
    short = agents_in_short(agent_days.day().agents.in_order())
    assert text_of(short) == "agents 12 ✖2 ▲2"
    assert agents_in_short([]) == ()
    assert (
        text_of(unwell_in_short(agent_days.day().agents.in_order())) == "agents ✖2 ▲2"
    )
    assert unwell_in_short([A]) == ()


@pytest.mark.parametrize(
    ("width", "words"),
    [
        (120, "platforms  4 healthy   agents 12 ✖2 ▲2"),
        (60, "4 healthy   agents 12 ✖2 ▲2"),
        (50, "●4  agents 12 ✖2 ▲2"),
        (40, "●4  agents ✖2 ▲2"),
        (34, "●4"),
    ],
)
def test_the_header_counts_agents_where_there_is_room(width: int, words: str) -> None:
    line = text_of(header(agent_days.day(), agent_days.LENS, width))
    assert line.rstrip().endswith(f"  {words}")


def test_the_one_line_of_a_tiny_terminal_names_agents_that_are_unwell() -> None:
    line = text_of(summary(agent_days.day(), agent_days.LENS, 30))
    assert line.rstrip() == "●4  agents ✖2 ▲2"


def test_the_ways_in_are_told_with_their_troubles_and_the_strangers() -> None:
    text = [
        text_of(one).rstrip() for one in ways_lines(agent_days.INGEST, 120, short=False)
    ]
    assert text[0].startswith(" listens   http 127.0.0.1:8125   http /run/")
    assert text[1] == " ✖ udp 0.0.0.0:8126  address already in use"
    assert text[2].endswith("the newest: \\x1b]0;x, laptop-3, cron-old")
    assert text[3].startswith(" refused   3 times, the newest: no room for 'laptop-9'")
    nowhere = ways_lines(IngestView(), 60, short=False)
    assert [text_of(line).strip() for line in nowhere] == ["listens   nowhere yet"]


def test_why_nothing_listens_is_read_at_80_cells_too() -> None:
    path = "/run/user/1000/conductor-tui/beats.sock"
    words = "another conductor-tui listens there: it hears the heartbeats"
    way = WayIn(name="datagrams", address=f"unix:{path}", trouble=f"{path}: {words}")
    line = text_of(ways_lines(IngestView(ways=(way,)), 80, short=True)[0])
    assert line.startswith(" ✖ datagrams unix:…  another conductor-tui listens there: ")
    wide = text_of(ways_lines(IngestView(ways=(way,)), 140, short=True)[0])
    assert wide.rstrip() == f" ✖ datagrams unix:{path}  {words}"


def test_on_a_short_terminal_the_first_thing_that_is_wrong_is_told() -> None:
    refused = IngestView(refused=1, refusal="longer than 8192 bytes")
    [line] = ways_lines(refused, 60, short=True)
    assert (
        text_of(line).rstrip()
        == " refused   1 time, the newest: longer than 8192 bytes"
    )
    assert ways_lines(IngestView(heard=1), 60, short=True) == []


def test_jitter_is_how_far_beats_are_from_their_interval() -> None:
    found = jitter([5.0, 5.1, 4.8, 9.0], 5.0)
    assert found is not None
    assert found.p50 == pytest.approx(0.1)
    assert found.top == 4.0
    assert jitter([], 5.0) is None


@pytest.mark.parametrize("window_s", WINDOWS_S)
@pytest.mark.parametrize("width", [1, 30, 80, 200])
@pytest.mark.parametrize("name", sorted(agent_days.views()))
def test_a_plot_fits_whatever_it_is_of(name: str, width: int, window_s: float) -> None:
    one = agent_days.views()[name]
    lines = interval_plot(one, agent_days.LENS, width, 4, window_s)
    assert {cells(line) for line in lines} == {width}


def test_beats_that_come_too_often_share_no_column() -> None:
    often = view(*every(*range(20)[::-1]), interval_s=60.0)
    lines = interval_plot(often, LENS, 60, 4, WINDOWS_S[0])
    assert text_of(lines[-2]).count("█") + text_of(lines[-2]).count("▁") >= 19


def test_a_window_shows_only_its_beats() -> None:
    one = agent_days.views()["worker-1"]
    lines = interval_plot(one, agent_days.LENS, 100, 4, 300.0)
    assert text_of(lines[0]).rstrip().endswith("5m: 57 beats")


def test_metadata_is_told_as_keys_and_values() -> None:
    assert note_lines('{"a": 1, "b": {"c": "x", "d": [1, null]}}') == [
        ("a", "1"),
        ("b.c", "x"),
        ("b.d", "[1, null]"),
    ]


def test_an_escape_in_metadata_never_reaches_the_terminal() -> None:
    [(key, value)] = note_lines('{"\\u001b[31m": "\\u001b]0;mine\\u0007"}')
    assert key == "\\x1b[31m"
    assert value == "\\x1b]0;mine\\x07"


@pytest.mark.parametrize("note", ["[1, 2]", "plain words", '{"a": ', "[" * 5000])
def test_metadata_that_is_no_object_is_shown_as_it_is(note: str) -> None:
    [(key, value)] = note_lines(note)
    assert key == ""
    assert note.startswith(value.rstrip("…"))


def test_endless_metadata_ends() -> None:
    note = "{" + ", ".join(f'"k{n}": {n}' for n in range(500)) + "}"
    assert len(note_lines(note)) == MOST_LINES + 1


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0.18, "180 ms"),
        (5.1, "5.1 s"),
        (60, "1 m"),
        (860, "14m20s"),
        (7200, "2 h"),
        (86_340, "23h59m"),
        (86_400, "1 d"),
        (93_600, "1d02h"),
        (5000 * 86_400, "5000 d"),
    ],
)
def test_a_duration_is_told_in_six_cells(seconds: float, words: str) -> None:
    assert span(seconds) == words
    assert len(words) <= 6


def became(health: Health, *names: str) -> list[Event]:
    return [
        AgentHealthChanged(
            agent=AgentId(name), was=Health.HEALTHY, now=health, why="no beat for 9 s"
        )
        for name in names
    ]


def test_agents_that_fail_one_after_the_other_share_a_line() -> None:
    told = history(*became(Health.FAILED, "a", "b", "c", "d"))
    [(_, words)] = newest(told, LENS, 5)
    assert (words.about, words.head, words.tone) == ("4 agents", "FAILED", "failed")
    assert words.detail == "a, b, c, d"


def test_of_two_agents_each_keeps_its_reason() -> None:
    lines = newest(history(*became(Health.FAILED, "a", "b")), LENS, 5)
    assert [words.detail for _, words in lines] == ["no beat for 9 s"] * 2


def test_agents_of_different_health_share_no_line() -> None:
    told = [*became(Health.FAILED, "a", "b", "c"), *became(Health.HEALTHY, "d", "e")]
    lines = newest(history(*told), LENS, 2)
    assert [words.about for _, words in lines] == ["e", "d"]


def test_agents_that_come_share_a_line_as_platforms_do() -> None:
    told = history(*(AgentAdded(spec=agent(name)) for name in "abc"))
    [(_, words)] = newest(told, LENS, 5)
    assert (
        f"{words.about} {words.head} {words.detail}" == "3 agents listened for a, b, c"
    )


def test_the_log_can_be_filtered_by_agent() -> None:
    log = Log()
    log.update(history(*became(Health.FAILED, "a-1", "b-1")), LENS)
    shown = filtered(log.entries, "agent:a-", {})
    assert [entry.agent for entry in shown] == ["a-1"]
