//! Checks that the tests named in docs/security.md exist.

use std::path::Path;

use feedback_testkit::workspace;

/// Returns the test names in the third column of the table, whose columns are attack, defence and tests.
fn named_tests(page: &str) -> Vec<&str> {
    let rows = page.lines().filter(|line| line.starts_with('|'));
    let cells = rows.filter_map(|row| row.trim_matches('|').split('|').nth(2));
    let quoted = cells.flat_map(|cell| cell.split('`').skip(1).step_by(2));
    quoted.filter(|name| name.contains('_')).collect()
}

fn sources(folder: &Path, all: &mut String) {
    for entry in fs_err::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            sources(&path, all);
        } else if path
            .extension()
            .is_some_and(|extension| extension == "rs" || extension == "py")
        {
            all.push_str(&fs_err::read_to_string(path).unwrap());
        }
    }
}

#[test]
fn each_test_that_the_page_names_exists() {
    let page = fs_err::read_to_string(workspace().join("docs/security.md")).unwrap();
    let names = named_tests(&page);
    assert!(names.len() > 20, "{names:?}");
    let mut all = String::new();
    sources(&workspace().join("crates"), &mut all);
    sources(&workspace().join("scripts/attack"), &mut all);
    let missing: Vec<&&str> = names
        .iter()
        .filter(|name| {
            !["fn", "def"]
                .iter()
                .any(|word| all.contains(&format!("{word} {name}(")))
        })
        .collect();
    assert!(missing.is_empty(), "{missing:?}");
}
