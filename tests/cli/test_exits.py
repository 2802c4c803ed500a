"""What becomes of an output that nobody takes."""

import os
import subprocess
import sys

SHOW = [sys.executable, "-m", "conductor_tui", "config", "show"]


def test_a_reader_that_left_is_no_health_of_anything() -> None:
    read_end, write_end = os.pipe()
    os.close(read_end)
    done = subprocess.run(SHOW, stdout=write_end, stderr=subprocess.PIPE, check=False)
    os.close(write_end)
    assert (done.returncode, done.stderr) == (141, b"")


def test_a_full_disk_is_told_in_words() -> None:
    with open("/dev/full", "wb") as full:
        done = subprocess.run(SHOW, stdout=full, stderr=subprocess.PIPE, check=False)
    words = b"conductor-tui: no space left on device\n"
    assert (done.returncode, done.stderr) == (74, words)
