//! `docs/examples.md`: its commands run as printed, in order, and end with the exit codes that the page states.

use feedback_testkit::{fixture, workspace};

use crate::place::Place;

/// A command of the page.
struct Call {
    /// The words after `feedback`.
    words: Vec<String>,
    /// The exit code that the page states; 0 if it states none.
    code: i32,
}

/// What the page has in its blocks of commands.
struct Commands {
    calls: Vec<Call>,
    /// Why blocks are not run.
    skipped: Vec<String>,
}

const NOT_RUN: &str = "# no-run: ";
const EXITS: &str = "# exits with ";

fn commands(page: &str) -> Commands {
    let mut found = Commands {
        calls: Vec::new(),
        skipped: Vec::new(),
    };
    for block in page.split("\n```sh\n").skip(1) {
        let (block, _) = block
            .split_once("\n```")
            .unwrap_or_else(|| panic!("a block is not closed: {block}"));
        if let Some(rest) = block.strip_prefix(NOT_RUN) {
            found
                .skipped
                .push(rest.lines().next().unwrap_or_default().to_owned());
            continue;
        }
        found.calls.extend(block.replace("\\\n", " ").lines().map(call));
    }
    found
}

/// Reads a line such as `feedback compare … # exits with 1`.
fn call(line: &str) -> Call {
    let (command, code) = match line.split_once(EXITS) {
        Some((command, code)) => (command, code.trim().parse().unwrap()),
        None => (line, 0),
    };
    let arguments = command.strip_prefix("feedback ").unwrap_or_else(|| {
        panic!("not a command of `feedback`, and not in a block that starts with `{NOT_RUN}`: {line}")
    });
    Call {
        words: words(arguments),
        code,
    }
}

/// Splits a line into words as a shell does, as far as the page needs it: a word may be in double quotes.
fn words(line: &str) -> Vec<String> {
    let mut words = Vec::new();
    // The parts at odd positions are in quotes.
    for (at, part) in line.split('"').enumerate() {
        if at % 2 == 1 {
            words.push(part.to_owned());
        } else {
            assert!(!part.contains(['\'', '|', '>', '$', '*']), "{line}");
            words.extend(part.split_whitespace().map(str::to_owned));
        }
    }
    words
}

/// Copies what the page uses of `fixtures`.
fn copy_fixtures(place: &Place, page: &str) {
    let ends = |letter: char| !(letter.is_alphanumeric() || "/._-".contains(letter));
    for name in page.split(ends).filter_map(|word| word.strip_prefix("fixtures/")) {
        let name = name.trim_end_matches('.');
        let source = fixture(name);
        let target = place.path("fixtures").join(name);
        if source.is_file() {
            fs_err::create_dir_all(target.parent().unwrap()).unwrap();
            fs_err::copy(source, target).unwrap();
        } else if !name.is_empty() {
            fs_err::create_dir_all(&target).unwrap();
            for entry in fs_err::read_dir(source).unwrap() {
                let entry = entry.unwrap();
                fs_err::copy(entry.path(), target.join(entry.file_name())).unwrap();
            }
        }
    }
}

#[test]
fn the_commands_of_the_examples_run() {
    let page = fs_err::read_to_string(workspace().join("docs/examples.md")).unwrap();
    let Commands { calls, skipped } = commands(&page);
    assert!(skipped.len() <= 3, "too many blocks are not run: {skipped:?}");
    assert!(calls.len() >= 15, "{} commands", calls.len());

    let place = Place::new();
    copy_fixtures(&place, &page);
    for Call { words, code } in calls {
        let program = words
            .iter()
            .fold(place.program(""), |program, word| program.arg(word));
        let _ = program.run().code(code);
    }
}

#[test]
fn lines_of_the_page_are_split_as_a_shell_does() {
    let line = call("feedback compare --gate \"accuracy>=0.75\" --model a # exits with 1");
    assert_eq!(
        (line.words, line.code),
        (
            ["compare", "--gate", "accuracy>=0.75", "--model", "a"]
                .map(str::to_owned)
                .to_vec(),
            1
        )
    );
    let page = "\n```sh\n# no-run: it needs a server\ncurl x\n```\n\n```sh\nfeedback predict \"a b\"\n```\n";
    let found = commands(page);
    assert_eq!(found.skipped, ["it needs a server"]);
    assert_eq!(
        (found.calls.len(), &found.calls[0].words[..], found.calls[0].code),
        (1, &["predict".to_owned(), "a b".to_owned()][..], 0)
    );
}
