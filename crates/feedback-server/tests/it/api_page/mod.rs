//! `docs/api.md`: for each operation, a request and what the server answered to this test.
//!
//! With `UPDATE_API_PAGE=1`, the test writes the page.

#![cfg(unix)]

mod model;
mod page;
mod processes;
mod steps;

use feedback_testkit::workspace;

use self::page::Page;

#[tokio::test(flavor = "multi_thread")]
async fn every_operation_is_answered_as_printed() {
    let mut page = Page::new().await;
    steps::run(&mut page).await;
    let missing = page.missing();
    assert!(missing.is_empty(), "operations without a request: {missing:?}");
    let path = workspace().join("docs/api.md");
    let found = page.render();
    if std::env::var_os("UPDATE_API_PAGE").is_some() {
        fs_err::write(&path, &found).unwrap();
        return;
    }
    let written = fs_err::read_to_string(&path).unwrap_or_default();
    let differing = written.lines().zip(found.lines()).find(|(a, b)| a != b);
    assert!(
        written == found,
        "docs/api.md is out of date, first difference (written, answered): {differing:?}; run the test with UPDATE_API_PAGE=1"
    );
}
