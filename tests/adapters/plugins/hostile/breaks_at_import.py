"""Its import raises."""

raise OSError("no such thing")
