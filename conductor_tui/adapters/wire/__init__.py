"""Our words as JSON, and back: for files, sockets and people."""
