//! Documents that a script derives from others are up to date.

use std::process::Command;

use feedback_testkit::workspace;

#[test]
fn figures_and_the_paper_are_up_to_date() {
    for script in ["report_figures.py", "report_tex.py"] {
        let mut python = Command::new("python3");
        let checked = python
            .arg(workspace().join("scripts").join(script))
            .arg("--check")
            .output();
        let Ok(checked) = checked else {
            assert!(
                std::env::var_os("FEEDBACK_STRICT").is_none_or(|strict| strict != "1"),
                "there is no python3, and FEEDBACK_STRICT=1"
            );
            eprintln!("skipped: there is no python3");
            return;
        };
        let said =
            String::from_utf8_lossy(&checked.stderr).into_owned() + &String::from_utf8_lossy(&checked.stdout);
        assert!(checked.status.success(), "scripts/{script} --check: {said}");
    }
}
