//! The parts of `feedback` other than its commands: the overview, completions and man pages.

use crate::place::Place;

pub(crate) const COMMANDS: [&str; 19] = [
    "split",
    "inspect",
    "start",
    "train",
    "reproduce",
    "pretrain",
    "evaluate",
    "compare",
    "predict",
    "merge",
    "insight",
    "drift",
    "serve",
    "demo",
    "ready",
    "backup",
    "restore",
    "completions",
    "man",
];

#[test]
fn the_overview_lists_all_commands() {
    let place = Place::new();
    let help = place.run("--help").stdout;
    for command in COMMANDS {
        assert!(
            help.lines().any(|line| line.trim().starts_with(command)),
            "`{command}` is missing: {help}"
        );
    }
    assert_eq!(place.run("help train").stdout, place.run("train --help").stdout);
    assert!(
        place
            .run("train --help")
            .stdout
            .contains("Usage: feedback train ")
    );
}

#[test]
fn an_unknown_command_is_wrong_usage() {
    let place = Place::new();
    place.refuses("trian", 2, &["trian", "'train'"]);
    let overview = place.program("").run().code(2);
    assert!(overview.stderr.contains("Usage: feedback"), "{overview}");
}

#[test]
fn completions_and_man_pages_include_every_command() {
    let place = Place::new();
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let script = place.run(&format!("completions {shell}")).stdout;
        for word in COMMANDS.iter().chain(&["num-train-epochs"]) {
            assert!(script.contains(word), "{shell} does not know `{word}`");
        }
    }
    assert!(place.run("man").stdout.contains(".TH feedback 1"));
    let _ = place.run("man pages");
    let pages = place.names("pages");
    assert_eq!(pages.len(), 1 + COMMANDS.len(), "{pages:?}");
    assert!(
        place
            .read("pages/feedback-train.1")
            .contains("num\\-train\\-epochs")
    );
}

/// `man` has no flag `--config`, so the variable `FEEDBACK_CONFIG` does not affect it.
#[test]
fn a_settings_file_does_not_affect_man() {
    let place = Place::new();
    place.write("settings.toml", "model = \"models/a\"");
    let program = place.program("man").env("FEEDBACK_CONFIG", "settings.toml");
    let _ = program.run().code(0);
}
