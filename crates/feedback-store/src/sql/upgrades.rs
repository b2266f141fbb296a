//! What the tests of both schemas need: a row for each table of an earlier version.

/// The value of a column in a row that an earlier version wrote, as SQL. All ids are 1, so that rows refer to each other.
pub(crate) fn value_of(table: &str, column: &str, kind: &str) -> &'static str {
    let kind = kind.to_ascii_uppercase();
    match (table, column) {
        ("batches", "state") => "'done'",
        ("models", "state") => "'serving'",
        ("cases", "state") => "'open'",
        ("erasures", "kind") => "'prediction'",
        ("erasures", "reference") => "'1'",
        ("batches", "format") => "'csv'",
        ("models", "labels") => "'[\"bug\"]'",
        ("models", "manifest") => "'{}'",
        ("documents", "json") => "'{}'",
        (_, "scores" | "reasons" | "tags" | "notes") => "'[]'",
        // What is optional, and refers to nothing.
        (
            _,
            "superseded_by" | "undone_at" | "idempotency_key" | "batch_id" | "batch_row" | "answers"
            | "dates" | "columns",
        ) => "NULL",
        ("batches", "sha256") => "NULL",
        // A list of several labels; NULL stands for the single label.
        (_, "corrected_labels" | "previous_labels" | "fields") => "NULL",
        ("predictions" | "corrections", "labels") => "NULL",
        // The newest correction and the row agree.
        ("predictions", "corrected") | ("corrections", "label") => "'praise'",
        ("predictions", "label") | ("corrections", "previous") => "'bug'",
        ("batches", "total_rows" | "position") => "0",
        ("batches", "classified" | "bad") => "0",
        _ if kind.starts_with("BOOL") => "true",
        _ if kind.starts_with("INT") || kind.starts_with("BIGINT") => "1",
        _ if kind.starts_with("REAL") || kind.starts_with("DOUBLE") => "0.25",
        _ => "'x'",
    }
}

/// The tables that have no rows: the rows set aside of a batch that has none, and changes, which every write makes.
pub(crate) const LEFT_EMPTY: [&str; 3] = ["bad_rows", "prediction_changes", "feedback_layout"];

/// Checks that no step has changed since it was released: a database of an earlier version has its effects.
pub(crate) fn are_unchanged(steps: &[&str], expected: &[&str]) {
    let found: Vec<String> = steps
        .iter()
        .map(|step| feedback_files::sha256_hex(step)[..16].to_owned())
        .collect();
    assert_eq!(found, expected, "append a step instead of changing one");
}
