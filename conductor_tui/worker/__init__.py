"""Where plug-ins live: processes that have this package and little else of ours.

Theory. Foreign code may loop, block, leak, flood, fork, exit, lie. So each plug-in has
a process of its own (the worker), and one more process of ours, the warden, minds them
all. The warden has asyncio imported and forks: a worker begins within milliseconds and
shares its memory. It is the subreaper of whatever is started below it: a process whose
parent died comes to the warden, which kills it, so that nothing outlives its plug-in,
whatever sessions it made. The warden reads what each tree of processes takes, and kills
who takes too much, also while the conductor stands still. When the conductor dies, by
`kill -9` too, the warden's socket closes and it kills all; when the warden dies the
kernel kills the workers (PR_SET_PDEATHSIG).

Frames (see `frames`) go directly between conductor and worker: the warden is not in
their way. This is no sandbox: a plug-in runs as the same user, and may read our files.
"""
