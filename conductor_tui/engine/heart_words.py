"""What a heartbeat says, written into the record of its agent.

Source of the rules for runs: healthchecks (research: `last_start`, rid). A START is no
sign that the agent is there, it only begins a run. A success ends its own run, one
without a name every run; what should have ended before that has been told and is given
up, so that one lost run does not keep its agent FAILED for ever. A FAIL ends the run.
"""

from datetime import datetime

from conductor_tui.domain.health import Health
from conductor_tui.domain.heartbeat import Beat, BeatKind
from conductor_tui.domain.text import one_line, visible
from conductor_tui.engine.heart_record import KEPT_RUNS, Record, Run

WORDS_LENGTH, NOTE_LENGTH, RUN_LENGTH = 200, 4096, 64
_SHORTEST = min(WORDS_LENGTH, NOTE_LENGTH, RUN_LENGTH)
MOST_EXTENDED_S = 30 * 86_400.0


def cleaned(beat: Beat) -> Beat:
    """Return the beat as it may be shown and kept: printable, and not too long."""
    note = beat.note if len(beat.note) <= NOTE_LENGTH else ""
    return beat._replace(
        words=one_line(beat.words, WORDS_LENGTH),
        note=visible(note, NOTE_LENGTH),
        run=visible(beat.run, RUN_LENGTH),
        via=one_line(beat.via, RUN_LENGTH),
    )


def is_clean(beat: Beat) -> bool:
    """True when there is nothing to clean. Asked of each beat: all at once is cheap."""
    text = f"{beat.note}{beat.words}{beat.run}{beat.via}"
    return text.isprintable() and (
        len(text) <= _SHORTEST
        or (
            len(beat.note) <= NOTE_LENGTH
            and len(beat.words) <= WORDS_LENGTH
            and len(beat.run) <= RUN_LENGTH
        )
    )


def take(record: Record, beat: Beat, now: datetime, awake: float) -> Beat:
    """Write down what `beat` says; return it with the duration of the run it ends."""
    if beat.extends_s is not None and beat.extends_s > 0:
        _extend(record, min(beat.extends_s, MOST_EXTENDED_S), awake)
    kind = beat.kind
    if kind is BeatKind.BEAT and beat.exit_code:
        kind = BeatKind.FAIL
        beat = beat._replace(kind=kind)
    match kind:
        case BeatKind.BEAT:
            beat = _ended(record, beat, awake)
            _give_up_late(record, awake)
            _is_there(record, now, awake, None, "")
        case BeatKind.WARN:
            _is_there(record, now, awake, Health.DEGRADED, beat.words or "it warns")
        case BeatKind.FAIL:
            beat = _ended(record, beat, awake)
            _is_there(record, now, awake, Health.FAILED, _failure(beat))
        case BeatKind.START:
            _begin(record, beat.run, now, awake)
        case BeatKind.STOP:
            record.runs.clear()
            words = beat.words or "it went on purpose"
            _is_there(record, now, awake, None, words)
            record.is_stopped = True
        case BeatKind.LOG:
            pass
    return beat


def _is_there(
    record: Record, now: datetime, awake: float, said: Health | None, why: str
) -> None:
    if record.intervals is not None and record.heard is not None:
        record.intervals.append(awake - record.heard)
    record.heard, record.heard_at = awake, now.timestamp()
    record.said, record.said_why = said, one_line(why)
    record.is_stopped = False
    record.overdue = None


def _failure(beat: Beat) -> str:
    if beat.exit_code:
        code = f"exit code {beat.exit_code}"
        return f"{code}: {beat.words}" if beat.words else code
    return beat.words or "it says that it failed"


def _extend(record: Record, seconds: float, awake: float) -> None:
    until = awake + seconds
    record.extended = max(record.extended, until)
    for run in record.runs.values():
        run.by = max(run.by, until)


def _begin(record: Record, name: str, now: datetime, awake: float) -> None:
    """Begin a run anew. Too many: the one begun first gives way."""
    record.runs.pop(name, None)
    if len(record.runs) >= KEPT_RUNS:
        del record.runs[next(iter(record.runs))]
    spec = record.spec
    limit_s = spec.grace_s or spec.interval_s
    by = max(awake + limit_s, record.extended)
    record.runs[name] = Run(awake, by, now)


def _ended(record: Record, beat: Beat, awake: float) -> Beat:
    """End the run that `beat` names. Without a name it ends every run, as a failure
    of a run that nobody has begun does.
    """
    run = record.runs.pop(beat.run, None)
    if not beat.run or (run is None and beat.kind is BeatKind.FAIL):
        others = list(record.runs.values())
        run = run or (others[-1] if others else None)
        record.runs.clear()
    if run is None or beat.duration_s is not None:
        return beat
    return beat._replace(duration_s=max(0.0, awake - run.began))


def _give_up_late(record: Record, awake: float) -> None:
    for name in [name for name, run in record.runs.items() if awake >= run.by]:
        del record.runs[name]
