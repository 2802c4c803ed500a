"""What root may obey: nothing that another user could have written."""

import os
from pathlib import Path

import pytest

from conductor_tui.adapters.trust import trust_problems


def status(*, mode: int = 0o100644, uid: int = 0) -> os.stat_result:
    return os.stat_result((mode, 1, 1, 1, uid, 0, 0, 0, 0, 0))


def test_what_only_root_can_write_is_trusted() -> None:
    assert list(trust_problems(Path("/etc/c.toml"), "c.toml", status())) == []


@pytest.mark.parametrize("mode", [0o100664, 0o100646], ids=["group", "others"])
def test_a_file_that_others_can_write_is_refused_with_the_chmod(mode: int) -> None:
    (words,) = trust_problems(Path("/etc/my c.toml"), "c.toml", status(mode=mode))
    assert words.startswith("c.toml: users other than root can write /etc/my c.toml")
    assert words.endswith("`chmod go-w '/etc/my c.toml'`")


def test_a_file_of_another_user_is_refused_with_the_chown() -> None:
    (words,) = trust_problems(Path("/srv/c.toml"), "c.toml", status(uid=1000))
    assert "/srv/c.toml belongs to user 1000" in words
    assert words.endswith("`chown root /srv/c.toml`")


def test_a_file_in_a_directory_like_tmp_has_to_move() -> None:
    (words,) = trust_problems(Path("/tmp"), "c.toml", status(mode=0o41777))
    assert words.endswith(
        "move it to a directory of root's own, such as /etc/conductor-tui"
    )


def test_nobody_is_told_to_give_a_home_directory_to_root() -> None:
    (words,) = trust_problems(Path("/home/me"), "c.toml", status(mode=0o40755, uid=7))
    assert "chown" not in words
    assert words.endswith("such as /etc/conductor-tui")


def test_both_owner_and_mode_are_told_at_once() -> None:
    found = list(trust_problems(Path("/x"), "x", status(mode=0o100666, uid=7)))
    assert len(found) == 2


def test_another_harm_and_another_place_are_told_in_their_words() -> None:
    (words,) = trust_problems(
        Path("/tmp"), "p.py", status(mode=0o41777), harm="do it", place="/etc/p"
    )
    assert words.startswith("p.py: users other than root can write /tmp, and so do it:")
    assert words.endswith("such as /etc/p")
