-- The journal's tables. A file's user_version is the last step that was taken in it;
-- a step that has been released is never changed, the next one is added below it.
-- Moments are microseconds since 1970 UTC. A body is the whole record as JSON; the
-- other columns are what is searched for.

-- step 1: alerts, silences, the outbox, recoveries

CREATE TABLE alert (
    key       TEXT NOT NULL,
    opened_at INTEGER NOT NULL,
    ended_at  INTEGER,
    body      TEXT NOT NULL,
    PRIMARY KEY (key, opened_at)
) STRICT;

-- A subject has at most one open alert: a later one takes its place.
CREATE UNIQUE INDEX alert_open ON alert (key) WHERE ended_at IS NULL;
CREATE INDEX alert_ended ON alert (ended_at) WHERE ended_at IS NOT NULL;

CREATE TABLE silence (
    id    TEXT PRIMARY KEY,
    at    INTEGER NOT NULL,
    until INTEGER NOT NULL,
    body  TEXT NOT NULL
) STRICT;

-- AUTOINCREMENT, for it remembers the highest number there ever was.
CREATE TABLE delivery (
    id       INTEGER PRIMARY KEY AUTOINCREMENT,
    channel  TEXT NOT NULL,
    state    TEXT NOT NULL,
    ended_at INTEGER,
    body     TEXT NOT NULL
) STRICT;

CREATE INDEX delivery_over ON delivery (ended_at)
    WHERE state IN ('SENT', 'DISCARDED');
CREATE INDEX delivery_left ON delivery (state, id)
    WHERE state IN ('WAITING', 'GIVEN UP');

CREATE TABLE recovery (
    key  TEXT NOT NULL,
    at   INTEGER NOT NULL,
    body TEXT NOT NULL,
    PRIMARY KEY (key, at)
) STRICT;

CREATE INDEX recovery_at ON recovery (at);
