"""What must not be told is not told, in whatever form it would be seen."""

import json
from collections.abc import Callable

import pytest

from conductor_tui.domain.secret import Secret, without_secrets
from conductor_tui.domain.text import one_line

TOKEN = Secret("hunter2-hunter2", "${TOKEN}")


@pytest.mark.parametrize(
    ("text", "told"),
    [
        pytest.param("said hunter2-hunter2!", "said ${TOKEN}!", id="whole"),
        pytest.param("said 'hunter2…'", "said '${TOKEN}…'", id="cut in the middle"),
        pytest.param("said hunt…", "said ${TOKEN}…", id="cut early"),
        pytest.param("hunter2-hunter2…", "${TOKEN}…", id="cut right behind it"),
        pytest.param("a hunter said…", "a hunter said…", id="another word"),
    ],
)
def test_a_secret_is_hidden_also_where_a_text_was_cut_in_it(
    text: str, told: str
) -> None:
    assert without_secrets(text, [TOKEN]) == told


def test_a_secret_is_hidden_on_one_line_too() -> None:
    secret = Secret("two  words\tand\x1b more", "***")
    assert without_secrets(one_line(f"said {secret.value}!"), [secret]) == "said ***!"


@pytest.mark.parametrize("quoted", [json.dumps, repr])
def test_a_secret_is_hidden_in_quotes_that_escape_a_part_of_it(
    quoted: Callable[[str], str],
) -> None:
    secret = Secret("hun\"ter\\2'é")
    said = quoted(f"said {secret.value}")
    assert without_secrets(said, [secret])[1:-1] == "said ***"


def test_the_longer_of_two_secrets_goes_first() -> None:
    long, short = Secret("hunter2-and-more", "long"), Secret("hunter2", "short")
    assert without_secrets("hunter2-and-more hunter2", [short, long]) == "long short"


def test_a_secret_of_three_characters_would_blank_out_every_other_word() -> None:
    assert without_secrets("the cat", [Secret("the")]) == "the cat"
