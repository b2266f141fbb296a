ALTER TABLE predictions ADD COLUMN answers TEXT;
CREATE TABLE cases (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    prediction_id INTEGER NOT NULL UNIQUE REFERENCES predictions (id),
    urgency INTEGER NOT NULL,
    reasons TEXT NOT NULL,
    language TEXT NOT NULL,
    rule TEXT NOT NULL,
    team TEXT NOT NULL,
    priority INTEGER NOT NULL,
    state TEXT NOT NULL,
    owner TEXT NOT NULL,
    due_at INTEGER,
    tags TEXT NOT NULL,
    notes TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    changed_at INTEGER NOT NULL
) STRICT;
CREATE INDEX cases_order ON cases (state, urgency DESC, priority DESC, id);
