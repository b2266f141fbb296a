CREATE TABLE predictions (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    at INTEGER NOT NULL,
    text TEXT NOT NULL,
    fingerprint INTEGER NOT NULL,
    source TEXT NOT NULL,
    label TEXT NOT NULL,
    confidence REAL NOT NULL,
    margin REAL NOT NULL,
    abstained INTEGER,
    truncated INTEGER NOT NULL,
    scores TEXT NOT NULL,
    model TEXT NOT NULL,
    batch_id INTEGER,
    batch_row INTEGER,
    corrected TEXT
) STRICT;
CREATE UNIQUE INDEX predictions_batch ON predictions (batch_id, batch_row) WHERE batch_id IS NOT NULL;
CREATE INDEX predictions_at ON predictions (at);
CREATE INDEX predictions_review ON predictions (margin, id) WHERE corrected IS NULL;
CREATE INDEX predictions_fingerprint ON predictions (fingerprint) WHERE corrected IS NOT NULL;

CREATE TABLE corrections (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    prediction_id INTEGER NOT NULL REFERENCES predictions (id),
    previous TEXT NOT NULL,
    label TEXT NOT NULL,
    at INTEGER NOT NULL,
    superseded_by INTEGER,
    undone_at INTEGER,
    idempotency_key TEXT UNIQUE
) STRICT;
CREATE INDEX corrections_prediction ON corrections (prediction_id);

CREATE TABLE batches (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    name TEXT NOT NULL,
    format TEXT NOT NULL,
    file TEXT NOT NULL,
    bytes INTEGER NOT NULL,
    total_rows INTEGER NOT NULL,
    text_field TEXT,
    state TEXT NOT NULL,
    position INTEGER NOT NULL DEFAULT 0,
    classified INTEGER NOT NULL DEFAULT 0,
    bad INTEGER NOT NULL DEFAULT 0,
    message TEXT,
    created_at INTEGER NOT NULL,
    started_at INTEGER,
    ended_at INTEGER
) STRICT;

CREATE TABLE bad_rows (
    batch_id INTEGER NOT NULL REFERENCES batches (id),
    row INTEGER NOT NULL,
    line INTEGER NOT NULL,
    reason TEXT NOT NULL,
    PRIMARY KEY (batch_id, row)
) STRICT, WITHOUT ROWID;

CREATE TABLE models (
    id TEXT PRIMARY KEY,
    origin TEXT NOT NULL,
    state TEXT NOT NULL,
    labels TEXT NOT NULL,
    manifest TEXT NOT NULL,
    added_at INTEGER NOT NULL,
    served_at INTEGER
) STRICT;
CREATE UNIQUE INDEX models_serving ON models (state) WHERE state = 'serving';

CREATE TABLE audit (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    at INTEGER NOT NULL,
    action TEXT NOT NULL,
    subject TEXT NOT NULL,
    detail TEXT NOT NULL
) STRICT;
