"""What a program's operator should know, in its own log."""


def warn(words: str, *about: object) -> None:
    """Log it to "conductor_tui.client". Most programs have logging imported; it is not
    for us to load it at their start.
    """
    import logging

    logging.getLogger("conductor_tui.client").warning(words, *about)
