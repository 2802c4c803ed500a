"""What the system had not enough of: a shortage of ours, no verdict on a target."""

import errno

from conductor_tui.domain.check import Finding, Outcome
from conductor_tui.domain.text import one_line

WORDS = {
    errno.EMFILE: "too many open files in conductor-tui: raise `ulimit -n`",
    errno.ENFILE: "too many open files on this machine",
    errno.ENOBUFS: "not enough memory on this machine",
    errno.ENOMEM: "not enough memory on this machine",
    errno.EAGAIN: "too many processes for this user: raise `ulimit -u`",
}


def local_finding(error: Exception, words: str) -> Finding:
    """Return what a look at this very machine came to when it raised `error`: failed,
    in `words`; where we were short of something, a finding that counts for nothing.
    """
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, OSError) and cause.errno in WORDS:
            return Finding(Outcome.INCONCLUSIVE, WORDS[cause.errno])
        cause = cause.__cause__
    return Finding(Outcome.FAILED, one_line(words))
