CREATE TABLE erasures (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    at INTEGER NOT NULL,
    actor TEXT NOT NULL,
    kind TEXT NOT NULL,
    reference TEXT NOT NULL,
    predictions INTEGER NOT NULL,
    corrections INTEGER NOT NULL
) STRICT;
CREATE TABLE erased (
    erasure INTEGER NOT NULL REFERENCES erasures (id),
    prediction INTEGER NOT NULL,
    hash TEXT NOT NULL,
    PRIMARY KEY (erasure, prediction)
) STRICT, WITHOUT ROWID;
