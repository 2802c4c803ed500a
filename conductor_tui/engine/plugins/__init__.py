"""The plug-ins: which there are, who wants them to run, and the life of each.

    registry, settings, people's words -> Candidate -> Life (a task) -> Worker (a port)

A plug-in that was only found is nothing but a line on a screen. One that is wanted has
a Life: it is loaded, waits for what it requires, begins, and when it dies it begins
again, later each time, until its budget is spent. Whatever happens is an event.
"""
