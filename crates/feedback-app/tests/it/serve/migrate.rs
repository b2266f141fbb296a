//! A server moves from SQLite to Postgres and back; the test runs if `FEEDBACK_POSTGRES_URL` names a database.

use std::process::Command;

use serde_json::json;

use super::http::{get, post};
use super::process::{Serve, feedback};

#[test]
fn a_server_moves_to_postgres_and_back() {
    let Ok(base) = std::env::var("FEEDBACK_POSTGRES_URL") else {
        eprintln!("skipped: FEEDBACK_POSTGRES_URL names no database");
        return;
    };
    let schema = format!("feedback_test_migrate_{}", std::process::id());
    let sql = |statement: String| {
        let done = Command::new("psql")
            .args(["--quiet", "--command", &statement, &base])
            .status()
            .unwrap();
        assert!(done.success(), "{statement}");
    };
    sql(format!("CREATE SCHEMA {schema}"));
    let url = format!("{base}?options=-csearch_path%3D{schema}");
    let folder = tempfile::tempdir().unwrap();
    let state = folder.path().join("state");
    let migrate = |to: &str, state: &std::path::Path| {
        let mut command = feedback();
        let done = command
            .args(["migrate", to, "--state-dir"])
            .arg(state)
            .env("FEEDBACK_DATABASE_URL", &url)
            .output()
            .unwrap();
        (done.status.code(), String::from_utf8(done.stderr).unwrap())
    };
    let export = |serve: &Serve| {
        let found = get(&serve.addr, "/history/export?format=jsonl").unwrap();
        let corrections = get(&serve.addr, "/api/v1/corrections").unwrap();
        (found.body, corrections.body)
    };

    let serve = Serve::start(&state);
    let texts: Vec<String> = (0..20).map(|row| format!("text {row} ü 🎉 \"quoted\"")).collect();
    post(&serve.addr, "/api/v1/classify", &json!({ "texts": texts })).unwrap();
    post(
        &serve.addr,
        "/api/v1/corrections",
        &json!({ "prediction_id": 3, "label": "usage_tip" }),
    )
    .unwrap();
    let before = export(&serve);
    assert_eq!(before.0.lines().count(), 20);
    let (code, said) = migrate("--to-postgres", &state);
    assert!(code != Some(0) && said.contains("is in use"), "{said}");
    drop(serve);
    let (code, said) = migrate("--to-postgres", &state);
    assert_eq!(code, Some(0), "{said}");
    assert!(
        said.contains("records to Postgres") && state.join("feedback.sqlite.moved").is_file(),
        "{said}"
    );
    assert!(!state.join("feedback.sqlite").exists());

    let serve = Serve::start_with(&state, &["--database-url", &url]);
    assert_eq!(export(&serve), before);
    drop(serve);
    let (code, said) = migrate("--to-sqlite", &state);
    assert_eq!(code, Some(0), "{said}");
    let serve = Serve::start(&state);
    assert_eq!(export(&serve), before);
    drop(serve);

    // Neither direction overwrites anything.
    fs_err::remove_file(state.join("feedback.sqlite.moved")).unwrap();
    for (to, reason) in [("--to-postgres", "is not empty"), ("--to-sqlite", "exists")] {
        let (code, said) = migrate(to, &state);
        assert!(
            code != Some(0) && said.contains(reason) && !said.contains("only-for-tests"),
            "{said}"
        );
    }
    assert!(state.join("feedback.sqlite").is_file());
    sql(format!("DROP SCHEMA {schema} CASCADE"));
}
