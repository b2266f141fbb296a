CREATE TABLE alerts (
    label TEXT NOT NULL,
    day INTEGER NOT NULL,
    count INTEGER NOT NULL,
    median REAL NOT NULL,
    mad REAL NOT NULL,
    score REAL NOT NULL,
    at INTEGER NOT NULL,
    PRIMARY KEY (day, label)
) STRICT, WITHOUT ROWID;

CREATE TABLE alerts_sent (
    label TEXT NOT NULL,
    day INTEGER NOT NULL,
    receiver TEXT NOT NULL,
    at INTEGER NOT NULL,
    PRIMARY KEY (day, label, receiver)
) STRICT, WITHOUT ROWID;
