//! Checks that the functions and types named in docs/for-python-users.md exist.

use std::collections::BTreeSet;
use std::path::Path;

use feedback_testkit::workspace;

/// Returns the quoted paths of our crates, such as `feedback_metrics::ranking::roc_auc`.
fn paths(page: &str) -> Vec<&str> {
    let quoted = page.split('`').skip(1).step_by(2);
    let is_path = |text: &&str| text.starts_with("feedback_") && text.contains("::");
    quoted.filter(is_path).collect()
}

/// Returns the public names of a crate, from its list in `public-api`.
fn public_names(name: &str) -> BTreeSet<String> {
    let file = format!(
        "crates/feedback-testkit/public-api/{}.txt",
        name.replace('_', "-")
    );
    let list = fs_err::read_to_string(workspace().join(file)).unwrap();
    list.lines()
        .map(|line| line.split(' ').next().unwrap().to_owned())
        .collect()
}

/// Returns whether a file below a folder defines a method.
fn defines(folder: &Path, method: &str) -> bool {
    fs_err::read_dir(folder).unwrap().any(|entry| {
        let path = entry.unwrap().path();
        if path.is_dir() {
            return defines(&path, method);
        }
        let text = fs_err::read_to_string(&path).unwrap();
        text.contains(&format!("pub fn {method}(")) || text.contains(&format!("pub fn {method}<"))
    })
}

#[test]
fn each_function_that_the_page_names_exists() {
    let page = fs_err::read_to_string(workspace().join("docs/for-python-users.md")).unwrap();
    let paths = paths(&page);
    assert!(paths.len() > 60, "{}", paths.len());
    let mut missing = Vec::new();
    for path in paths {
        let (name, item) = path.split_once("::").unwrap();
        let known = public_names(name);
        let is_method = || {
            let folder = workspace()
                .join("crates")
                .join(name.replace('_', "-"))
                .join("src");
            item.rsplit_once("::")
                .is_some_and(|(of, method)| known.contains(of) && defines(&folder, method))
        };
        if !known.contains(item) && !is_method() {
            missing.push(path);
        }
    }
    assert!(missing.is_empty(), "{missing:?}");
}
