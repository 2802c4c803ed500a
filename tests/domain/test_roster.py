from hypothesis import given
from hypothesis import strategies as st

from conductor_tui.domain.roster import Roster

keys = st.integers(0, 200)
steps = st.lists(st.tuples(st.sampled_from(["put", "without"]), keys, st.integers()))


@given(steps)
def test_a_roster_behaves_like_a_dict_that_is_copied_each_time(
    steps: list[tuple[str, int, int]],
) -> None:
    roster, model = Roster[int, int](), dict[int, int]()
    for step, key, value in steps:
        before, as_it_was = roster, dict(model)
        if step == "put":
            roster, model = roster.put(key, value), {**model, key: value}
        else:
            roster = roster.without(key)
            model.pop(key, None)
        assert list(roster.items()) == list(model.items())
        assert list(roster.in_order()) == list(model.values())
        assert dict(before) == as_it_was


@given(st.dictionaries(keys, st.integers()), st.dictionaries(keys, st.integers()))
def test_many_values_are_replaced_as_if_one_after_the_other(
    items: dict[int, int], wanted: dict[int, int]
) -> None:
    roster = Roster(items)
    changes = {key: value for key, value in wanted.items() if key in items}
    after = roster.put_all(changes)
    assert list(after.items()) == list({**items, **changes}.items())
    assert dict(roster) == items


def test_a_key_that_is_not_there_gets_the_default() -> None:
    roster = Roster({"a": 0})
    assert (roster.get("a"), roster.get("b"), roster.get("b", 7)) == (0, None, 7)


def test_a_replacement_shares_what_it_does_not_touch() -> None:
    before = Roster({n: object() for n in range(5000)})
    after = before.put(7, object())
    assert after._index is before._index
    assert sum(a is not b for a, b in zip(after._chunks, before._chunks)) == 1  # noqa: B905
