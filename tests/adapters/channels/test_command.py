"""The command channel: what a program is told, and what becomes of its exit code."""

import asyncio
import json
import shlex
import sys
from dataclasses import replace
from pathlib import Path

import psutil
import pytest

from conductor_tui.adapters.channels.command import Options, variables
from conductor_tui.adapters.channels.kinds import open_channel
from conductor_tui.domain.alert_settings import ChannelSettings
from conductor_tui.domain.errors import DeliveryFailed
from conductor_tui.domain.ids import ChannelName
from conductor_tui.domain.secret import Secret
from conductor_tui.ports import Channel
from tests.adapters.channels.made import HOSTILE, OPENED, RECOVERED, crowd, opened
from tests.adapters.probes.loops import on_both_loops, open_files, until

READS = (
    "import json, os, sys; open(sys.argv[1], 'a').write(json.dumps("
    "[{k: v for k, v in os.environ.items() if k.startswith('CONDUCTOR_')},"
    " json.load(sys.stdin)]) + '\\n')"
)


def shell(script: str) -> Channel:
    return opened("command", Options(command=("/bin/sh", "-c", script)))


@on_both_loops
async def test_the_notice_stands_in_the_environment_and_on_stdin(
    tmp_path: Path,
) -> None:
    path = tmp_path / "told"
    channel = opened(
        "command", Options(command=(sys.executable, "-c", READS, str(path)))
    )

    path.unlink(missing_ok=True)
    await channel.deliver(OPENED)
    await channel.deliver(RECOVERED)

    told = [json.loads(line) for line in path.read_text("utf-8").splitlines()]
    assert told[0][0] == {
        "CONDUCTOR_ID": "web-7.1907.1",
        "CONDUCTOR_KIND": "OPENED",
        "CONDUCTOR_OVER": "0",
        "CONDUCTOR_SUBJECT_KIND": "platform",
        "CONDUCTOR_SUBJECT": "redis",
        "CONDUCTOR_GROUP": "bots",
        "CONDUCTOR_TAGS": "eu,x",
        "CONDUCTOR_STATE": "FAILED",
        "CONDUCTOR_WAS": "",
        "CONDUCTOR_SEVERITY": "CRITICAL",
        "CONDUCTOR_TITLE": "FAILED platform redis on web-7",
        "CONDUCTOR_TEXT": "FAILED platform redis on web-7: connection refused",
        "CONDUCTOR_WHY": "connection refused",
        "CONDUCTOR_AT": "2029-10-14T12:00:05+00:00",
        "CONDUCTOR_OPENED_AT": "2029-10-14T12:00:05+00:00",
        "CONDUCTOR_HOST": "web-7",
        "CONDUCTOR_MEMBERS": "",
        "CONDUCTOR_NUMBER": "0",
        "CONDUCTOR_DRILL": "0",
    }
    assert [one[1]["id"] for one in told] == [OPENED.id, RECOVERED.id]
    assert told[1][0]["CONDUCTOR_OVER"] == "1"


async def test_a_program_that_does_not_read_a_long_notice_is_not_waited_for() -> None:
    await shell("exit 0").deliver(crowd(5000))


async def test_a_long_notice_arrives_whole(tmp_path: Path) -> None:
    path = tmp_path / "told"
    await shell(f"cat > {shlex.quote(str(path))}").deliver(crowd(5000))

    assert len(json.loads(path.read_text("utf-8"))["members"]) == 5000


@pytest.mark.parametrize("notice", [HOSTILE, crowd(5000)], ids=["hostile", "long"])
async def test_whatever_is_told_goes_into_an_environment(notice: object) -> None:
    await shell("exit 0").deliver(notice)  # type: ignore[arg-type]


def test_no_variable_is_read_by_a_shell_for_it_is_never_given_to_one() -> None:
    told = replace(OPENED, why="$(reboot) `reboot` ; reboot")
    assert variables(told)["CONDUCTOR_WHY"] == "$(reboot) `reboot` ; reboot"


@pytest.mark.parametrize(
    ("script", "words", "is_final"),
    [
        pytest.param("exit 1", "exit code 1", False, id="1 and silent"),
        pytest.param("exit 75", "exit code 75", False, id="EX_TEMPFAIL"),
        pytest.param("exit 67", "exit code 67", False, id="a login that curl lost"),
        pytest.param("exit 65", "exit code 65", True, id="EX_DATAERR is for ever"),
        pytest.param(
            "echo out; echo one >&2; echo two >&2; echo >&2; exit 2",
            "exit code 2: two",
            False,
            id="the last line of stderr",
        ),
        pytest.param("echo out; exit 2", "exit code 2: out", False, id="or of stdout"),
        pytest.param("kill -9 $$", "killed by SIGKILL", False, id="a signal"),
        pytest.param(
            r"printf '\033[2J\377' >&2; exit 1",
            r"exit code 1: \x1b[2J�",
            False,
            id="no text",
        ),
    ],
)
async def test_any_code_but_zero_is_a_failure_in_words(
    script: str, words: str, is_final: bool
) -> None:
    with pytest.raises(DeliveryFailed) as caught:
        await shell(script).deliver(OPENED)

    assert str(caught.value) == words
    assert caught.value.is_final is is_final
    assert caught.value.retry_in_s is None


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"command": ("/no/such",)}, "cannot run '/no/such': no such program"),
        ({"command": ("/etc/passwd",)}, "'/etc/passwd': not executable for this user"),
        (
            {"command": ("/bin/true",), "directory": "/no/such"},
            "cannot run in '/no/such': there is no such directory",
        ),
    ],
)
async def test_a_program_that_cannot_be_run_is_told_and_tried_again(
    given: dict[str, object], words: str
) -> None:
    with pytest.raises(DeliveryFailed, match=words) as caught:
        await opened("command", Options(**given)).deliver(OPENED)  # type: ignore[arg-type]

    assert not caught.value.is_final


async def test_no_secret_that_a_program_repeats_is_told() -> None:
    settings = ChannelSettings(
        name=ChannelName("ops"),
        kind="command",
        options=Options(command=("/bin/sh", "-c", "echo no hunter22 >&2; exit 1")),
        secrets=(Secret("hunter22", "${TOKEN}"),),
    )
    with pytest.raises(DeliveryFailed) as caught:
        await open_channel(settings, print).deliver(OPENED)

    assert str(caught.value) == "exit code 1: no ${TOKEN}"


@on_both_loops
async def test_a_program_that_hangs_goes_with_its_whole_family() -> None:
    before = open_files()
    task = asyncio.create_task(shell("sleep 600 & sleep 600").deliver(OPENED))
    me = psutil.Process()
    await until(lambda: len(me.children(recursive=True)) >= 3)
    family = me.children(recursive=True)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task

    await until(lambda: not any(one.is_running() for one in family))
    await until(lambda: open_files() == before)


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"command": ()}, "command must name a program, as a list of words"),
        ({"command": ("",)}, "command must name a program"),
        ({"command": ("a\0b",)}, "command cannot contain a zero byte"),
    ],
)
def test_commands_that_cannot_be_are_refused(
    given: dict[str, tuple[str, ...]], words: str
) -> None:
    with pytest.raises(ValueError, match=words):
        Options(command=given["command"])
