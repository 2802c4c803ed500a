"""Words that need more than one row."""

from rich.cells import cell_len, chop_cells


def wrapped(words: str, room: int) -> list[str]:
    """Break `words` into rows of at most `room` cells, between words where there is a
    blank in the second half of a row. At least one row.
    """
    rows: list[str] = []
    while cell_len(words) > room:
        row = chop_cells(words, room)[0]
        blank = row.rfind(" ") if words[len(row)] != " " else len(row)
        cut = blank if blank > len(row) // 2 else len(row)
        rows.append(words[:cut])
        words = words[cut:].lstrip(" ")
    return [*rows, words]
