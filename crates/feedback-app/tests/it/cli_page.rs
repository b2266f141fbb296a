//! `docs/cli.md` is the help of all commands. With `UPDATE_CLI_PAGE=1`, the test writes the page.

use std::fmt::Write;

use feedback_testkit::workspace;

use crate::one_program::COMMANDS;
use crate::place::Place;

const INTRODUCTION: &str = "# Commands

The help of every command, as `feedback COMMAND --help` prints it. Most commands are also programs of their own: `train --help` is the
same as `feedback train --help`. Flags override environment variables, and these override the settings file (`--config`); the file
uses the names of the long flags, with `_` instead of `-`. A test compares this page with the programs; run it with
`UPDATE_CLI_PAGE=1` to write the page: `cargo test -p feedback-app cli_page`.

| exit code | |
|---|---|
| 0 | success |
| 1 | failure; also a gate or a check that was not passed |
| 2 | wrong usage |
| 3 | success, but unusable rows were left out |
| 130, 143 | interrupted; the same command, or `train --resume`, continues |
";

#[test]
fn the_page_has_the_help_of_all_commands() {
    let place = Place::new();
    let mut page = INTRODUCTION.to_owned();
    for command in COMMANDS {
        let help = place.run(&format!("{command} --help")).stdout;
        // Without the padding that clap leaves at the end of lines.
        let lines: Vec<&str> = help.trim_end().lines().map(str::trim_end).collect();
        write!(page, "\n## {command}\n\n```text\n{}\n```\n", lines.join("\n")).unwrap();
    }
    let path = workspace().join("docs/cli.md");
    if std::env::var_os("UPDATE_CLI_PAGE").is_some() {
        fs_err::write(&path, page).unwrap();
        return;
    }
    let written = fs_err::read_to_string(&path).unwrap_or_default();
    let differing = written.lines().zip(page.lines()).find(|(a, b)| a != b);
    assert!(
        written == page,
        "docs/cli.md is out of date, first difference (written, printed): {differing:?}; run the test with UPDATE_CLI_PAGE=1"
    );
}
