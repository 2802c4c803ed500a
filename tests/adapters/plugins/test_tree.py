"""Trees of processes, as /proc has them."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator

import pytest

from conductor_tui.worker import tree

FAMILY = (
    "import subprocess, sys, time\n"
    "inner = [sys.executable, '-c', 'import time; time.sleep(60)']\n"
    "subprocess.Popen(inner); subprocess.Popen(inner, start_new_session=True)\n"
    "print('up', flush=True); time.sleep(60)\n"
)


@pytest.fixture
def family() -> Iterator[int]:
    """A process with two children, one in a session of its own."""
    command = [sys.executable, "-c", FAMILY]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as parent:
        assert parent.stdout is not None
        parent.stdout.readline()
        below = tree.descendants_of(parent.pid)
        yield parent.pid
        for pid in (parent.pid, *below):
            os.kill(pid, 9)


@pytest.mark.parametrize("is_listed", [True, False], ids=["listed", "scanned"])
def test_the_children_are_found_whatever_their_session(
    family: int, is_listed: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tree, "_LISTS_CHILDREN", is_listed)
    assert len(tree.children_of(family)) == 2
    assert len(tree.descendants_of(os.getpid())) >= 3
    assert family in tree.descendants_of(os.getpid())


def test_what_they_take_is_taken_together(family: int) -> None:
    use = tree.use_of(family)
    assert use.processes == 3
    assert use.rss_bytes > 3_000_000
    assert 0 < tree.shared_out(family) <= use.rss_bytes


def test_cpu_time_is_counted_as_the_kernel_does() -> None:
    before, began = tree.use_of(os.getpid()).cpu_s, time.process_time()
    while time.process_time() - began < 0.1:
        pass
    assert tree.use_of(os.getpid()).cpu_s >= before + 0.05


def test_one_that_is_gone_has_nothing_and_takes_nothing() -> None:
    assert tree.children_of(2**22 + 1) == []
    assert tree.use_of(2**22 + 1) == tree.Use()
    assert tree.shared_out(2**22 + 1) == 0
