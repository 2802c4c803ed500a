"""The command channel: a program of one's own that tells people, run per notice.

It finds the notice on its stdin as JSON (see `document`), and in its environment:

* `CONDUCTOR_ID`            unique for ever: a repetition has the same
* `CONDUCTOR_KIND`          OPENED, CHANGED, REMINDER, RECOVERED, FLAPPING, STEADY, TEST
* `CONDUCTOR_OVER`          1 when nothing is wrong any more, else 0
* `CONDUCTOR_SUBJECT_KIND`  platform, agent, breaker, load, conductor, channel...
* `CONDUCTOR_SUBJECT`       its name; `CONDUCTOR_GROUP` and `CONDUCTOR_TAGS` (by commas)
* `CONDUCTOR_STATE`         how it is now; `CONDUCTOR_WAS`: what was told before
* `CONDUCTOR_SEVERITY`      INFO, WARNING or CRITICAL
* `CONDUCTOR_TITLE`, `CONDUCTOR_TEXT`, `CONDUCTOR_WHY`  for people: short, whole, detail
* `CONDUCTOR_AT`, `CONDUCTOR_OPENED_AT`  ISO 8601, UTC
* `CONDUCTOR_HOST`          the node that tells it
* `CONDUCTOR_MEMBERS`       the names of a group's members, by commas, as many as fit
* `CONDUCTOR_NUMBER`        which reminder it is, 0 for none
* `CONDUCTOR_DRILL`         1 for an alert on purpose, else 0

Exit code 0: told. 65 (EX_DATAERR): this notice will never be taken, give it up. Any
other, 75 (EX_TEMPFAIL) among them: tried again. More codes are not final, because
programs disagree on them (curl's 67 is a login that was refused), and a notice given
up for a misunderstanding is worse than one tried too often.
"""

import errno
import os
import shlex
import signal
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import cast

from conductor_tui.adapters.channels.document import document, json_line
from conductor_tui.adapters.channels.words import is_over, line, title
from conductor_tui.adapters.probes.child import Child, Ended
from conductor_tui.domain.alert import Notice
from conductor_tui.domain.alert_events import AttentionCalled
from conductor_tui.domain.alert_settings import ChannelSettings
from conductor_tui.domain.errors import DeliveryFailed
from conductor_tui.domain.secret import Secret, without_secrets
from conductor_tui.domain.text import one_line, visible
from conductor_tui.ports import Channel

FINAL = os.EX_DATAERR
_SHOWN_TARGET = 60
_LONGEST_VALUE = 4000  # of all variables together, 2 MiB is what Linux takes
_CANNOT = {
    errno.ENOENT: "no such program (or its #! line names none)",
    errno.EACCES: "not executable for this user",
    errno.ENOEXEC: "neither a program nor a script with a #! line",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """`command` is a list: program, then arguments; no shell reads it. `directory`
    is where it runs; empty: where conductor-tui was started.
    """

    command: tuple[str, ...]
    directory: str = ""

    def __post_init__(self) -> None:
        if not self.command or not self.command[0]:
            raise ValueError(
                "command must name a program, as a list of words: "
                '["/usr/local/bin/tell", "ops"]'
            )
        for word in (*self.command, self.directory):
            if "\0" in word:
                raise ValueError(f"command cannot contain a zero byte: {word!r}")


class CommandChannel:
    """Runs the command once per notice. Satisfies ports.Channel.

    What it leaves running in its process group is killed with its end, and all of it
    at the deadline.
    """

    def __init__(self, options: Options, secrets: tuple[Secret, ...] = ()) -> None:
        self._options = options
        self._secrets = secrets
        self._child = Child(
            options.command, directory=options.directory or None, env={}
        )

    async def deliver(self, notice: Notice) -> None:
        said = f"{json_line(document(notice))}\n".encode(errors="backslashreplace")
        env = os.environ | variables(notice)
        try:
            ended = await self._child.run(said=said, env=env)
        except ChildProcessError as error:
            raise self._failed(f"{error} (a dead mount?)") from error
        except OSError as error:
            raise self._failed(_cannot_run(self._options, error)) from error
        if ended.code != 0:
            raise self._failed(_ended_words(ended), is_final=ended.code == FINAL)

    async def close(self) -> None:
        """There is nothing to let go of: a run ends with its notice."""

    def _failed(self, words: str, *, is_final: bool = False) -> DeliveryFailed:
        words = one_line(without_secrets(words, self._secrets))
        return DeliveryFailed(words, is_final=is_final)


def variables(notice: Notice) -> Mapping[str, str]:
    """Return the notice as environment variables, none with a zero byte in it."""
    subject = notice.subject
    values = {
        "ID": notice.id,
        "KIND": notice.kind,
        "OVER": _flag(is_over(notice)),
        "SUBJECT_KIND": subject.kind,
        "SUBJECT": subject.name,
        "GROUP": subject.group,
        "TAGS": ",".join(subject.tags),
        "STATE": notice.state,
        "WAS": notice.was,
        "SEVERITY": notice.severity,
        "TITLE": title(notice),
        "TEXT": line(notice),
        "WHY": notice.why,
        "AT": notice.at.isoformat(),
        "OPENED_AT": notice.opened_at.isoformat(),
        "HOST": notice.host,
        "MEMBERS": ",".join(member.name for member in notice.members),
        "NUMBER": str(notice.number),
        "DRILL": _flag(notice.is_drill),
    }
    return {
        f"CONDUCTOR_{name}": visible(value, _LONGEST_VALUE)
        for name, value in values.items()
    }


def open_channel(
    settings: ChannelSettings, attend: Callable[[AttentionCalled], object]
) -> Channel:
    return CommandChannel(cast(Options, settings.options), settings.secrets)


def shown_target(options: Options) -> str:
    return visible(shlex.join(options.command), _SHOWN_TARGET)


def _flag(is_so: bool) -> str:
    return "1" if is_so else "0"


def _ended_words(ended: Ended) -> str:
    """Return how it ended, and its last words: on stderr, else on stdout."""
    code = f"exit code {ended.code}"
    if ended.code < 0:
        code = f"killed by {_signal_name(-ended.code)}"
    said = _last_line(ended.err) or _last_line(ended.out)
    return f"{code}: {said}" if said else code


def _last_line(output: bytes) -> str:
    lines = output.decode(errors="replace").split("\n")
    return next((one.strip() for one in reversed(lines) if one.strip()), "")


def _signal_name(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:  # a real-time signal
        return f"signal {number}"


def _cannot_run(options: Options, error: OSError) -> str:
    program, directory = options.command[0], options.directory
    if directory and not Path(directory).is_dir():
        return f"cannot run in {directory!r}: there is no such directory"
    why = _CANNOT.get(error.errno or 0) or (error.strerror or str(error)).lower()
    return f"cannot run {program!r}: {why}"
