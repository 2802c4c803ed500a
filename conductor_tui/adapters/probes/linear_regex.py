"""Regular expressions that cannot run away, however hostile the text.

Python's own `re` backtracks: `(a+)+$` on forty letters takes hours, and it holds the
GIL meanwhile, so not even a thread of its own would save the engine's loop. The regex
engine that pydantic brings along (Rust's `regex`) takes time in proportion to the
text. The price: no look-around, no backreferences.
"""

from collections.abc import Callable

from pydantic_core import SchemaError, SchemaValidator, core_schema

_LONGEST = 1000  # of a pattern: what it costs per letter of the text has a bound too


def compile_regex(pattern: str) -> Callable[[str], bool]:
    """Return a function that says whether the pattern matches anywhere in a text.

    Raises ValueError in words, such as "unclosed group".
    """
    if len(pattern) > _LONGEST:
        raise ValueError(f"it is longer than {_LONGEST} characters")
    try:
        schema = core_schema.str_schema(pattern=pattern, regex_engine="rust-regex")
        return SchemaValidator(schema).isinstance_python
    except SchemaError as error:
        raise ValueError(_reason(str(error))) from None


def _reason(words: str) -> str:
    """Return the last words of "... regex parse error:\\n (\\n ^\\nerror: unclosed"."""
    last = words.strip().splitlines()[-1].strip()
    return last.removeprefix("error: ").removeprefix("SchemaError: ")
