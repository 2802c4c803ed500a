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

-- step 2: breakers, pauses, the audit, events, last beats, visits, tallies

CREATE TABLE breaker (
    platform TEXT PRIMARY KEY,
    state    TEXT NOT NULL,
    epoch    INTEGER NOT NULL,
    body     TEXT NOT NULL
) STRICT;

CREATE TABLE pause (
    platform TEXT PRIMARY KEY,
    body     TEXT NOT NULL
) STRICT;

-- Every command that was answered, granted or refused. Never a part of an event.
CREATE TABLE command (
    n       INTEGER PRIMARY KEY AUTOINCREMENT,
    at      INTEGER NOT NULL,
    verb    TEXT NOT NULL,
    about   TEXT NOT NULL,
    by      TEXT NOT NULL,
    origin  TEXT NOT NULL,
    granted INTEGER NOT NULL,
    body    TEXT NOT NULL
) STRICT;

CREATE INDEX command_at ON command (at);

-- What happened, in order. `about` is a platform, an agent, or "".
CREATE TABLE event (
    n     INTEGER PRIMARY KEY AUTOINCREMENT,
    at    INTEGER NOT NULL,
    kind  TEXT NOT NULL,
    about TEXT NOT NULL,
    body  TEXT NOT NULL
) STRICT;

CREATE INDEX event_at ON event (at);

-- The whole state after event `n`, so that the past is not folded from the beginning.
CREATE TABLE checkpoint (
    n    INTEGER PRIMARY KEY,
    at   INTEGER NOT NULL,
    body BLOB NOT NULL
) STRICT;

CREATE INDEX checkpoint_at ON checkpoint (at);

CREATE TABLE agent (
    agent TEXT PRIMARY KEY,
    body  TEXT NOT NULL
) STRICT;

CREATE TABLE visit (
    by      TEXT PRIMARY KEY,
    left_at INTEGER NOT NULL
) STRICT;

CREATE TABLE mark (
    name TEXT PRIMARY KEY,
    at   INTEGER NOT NULL
) STRICT;

-- `span_s` is 60, 3600 or 86400; `at` the second in which it begins. Latencies are in
-- microseconds, of the checks that were a verdict.
CREATE TABLE tally (
    span_s       INTEGER NOT NULL,
    platform     TEXT NOT NULL,
    at           INTEGER NOT NULL,
    passed       INTEGER NOT NULL,
    failed       INTEGER NOT NULL,
    timed_out    INTEGER NOT NULL,
    refused      INTEGER NOT NULL,
    inconclusive INTEGER NOT NULL,
    latency_sum  INTEGER NOT NULL,
    latency_max  INTEGER NOT NULL,
    PRIMARY KEY (span_s, platform, at)
) STRICT, WITHOUT ROWID;

-- Percent, times a thousand.
CREATE TABLE host_tally (
    span_s   INTEGER NOT NULL,
    at       INTEGER NOT NULL,
    count    INTEGER NOT NULL,
    cpu_sum  INTEGER NOT NULL,
    cpu_max  INTEGER NOT NULL,
    ram_sum  INTEGER NOT NULL,
    ram_max  INTEGER NOT NULL,
    disk_max INTEGER NOT NULL,
    PRIMARY KEY (span_s, at)
) STRICT, WITHOUT ROWID;

-- step 3: plug-ins that a person switched on or off

CREATE TABLE plugin (
    plugin     TEXT PRIMARY KEY,
    is_enabled INTEGER NOT NULL
) STRICT;

-- step 4: dead letters, and what came of requests with an idempotency key

-- AUTOINCREMENT, for it remembers the highest number there ever was.
CREATE TABLE letter (
    id     INTEGER PRIMARY KEY AUTOINCREMENT,
    at     INTEGER NOT NULL,
    target TEXT NOT NULL,
    state  TEXT NOT NULL,
    body   TEXT NOT NULL
) STRICT;

CREATE TABLE request_key (
    key  TEXT PRIMARY KEY,
    at   INTEGER NOT NULL,
    body TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX request_key_at ON request_key (at);
