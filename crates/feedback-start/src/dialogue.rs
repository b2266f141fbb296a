//! Asks a person at a terminal for labels.

use std::io::{BufRead, Write};

use feedback_heads::LabelDescription;

use crate::error::Result;
use crate::labelled_file::LabelledFile;
use crate::session::{Estimate, Session};

/// After how many answers the person sees how good the classifier is by then.
const PROGRESS_EVERY: usize = 10;

/// The meaning of a line that the person enters.
#[derive(Debug, PartialEq, Eq)]
enum Input {
    Label(usize),
    New(String),
    Skip,
    Undo,
    Quit,
    Unclear,
}

/// Asks about up to `count` texts, one after the other. Each answer is written to `file` before the next question. Returns the number
/// of answers that were given; the session has them, too.
///
/// # Errors
///
/// An answer cannot be written, or the terminal was closed.
pub fn ask(
    session: &mut Session<'_>,
    file: &LabelledFile,
    count: usize,
    mut input: impl BufRead,
    mut output: impl Write,
) -> Result<usize> {
    let before = session.answers().len();
    let mut again = None;
    while session.answers().len() < before + count {
        let Some(text) = again
            .take()
            .map_or_else(|| session.next_text(), |text| Ok(Some(text)))?
        else {
            writeln!(output, "\nall different texts have been asked about")?;
            break;
        };
        let number = session.answers().len() - before + 1;
        write!(output, "{}", question(session, text, number, count))?;
        match read_answer(session.labels(), &mut input, &mut output)? {
            Input::Label(label) => {
                file.append(session.text(text), &session.labels()[label].name)?;
                session.answer(text, label);
            }
            Input::New(name) => match session.add_label(LabelDescription::new(name.clone())) {
                Ok(()) => {
                    file.append(session.text(text), &name)?;
                    session.answer(text, session.labels().len() - 1);
                }
                Err(error) => {
                    writeln!(output, "{error}")?;
                    again = Some(text);
                }
            },
            Input::Undo if session.answers().len() > before => {
                if let Some(last) = session.undo() {
                    file.remove(session.text(last))?;
                    again = Some(last);
                }
            }
            Input::Undo => {
                writeln!(output, "there is no answer to take back")?;
                again = Some(text);
            }
            Input::Quit => break,
            Input::Skip | Input::Unclear => {}
        }
        let given = session.answers().len() - before;
        if given > 0 && given.is_multiple_of(PROGRESS_EVERY) && again.is_none() {
            write!(output, "{}", progress(session.estimate()?.as_ref()))?;
        }
    }
    Ok(session.answers().len() - before)
}

/// Reads lines until one is an answer; the end of the input ends the questions.
fn read_answer(
    labels: &[LabelDescription],
    input: &mut impl BufRead,
    output: &mut impl Write,
) -> Result<Input> {
    loop {
        write!(output, "> ")?;
        output.flush()?;
        let mut line = String::new();
        if input.read_line(&mut line)? == 0 {
            return Ok(Input::Quit);
        }
        match parse(labels, line.trim()) {
            Input::Unclear => writeln!(
                output,
                "enter a number from 1 to {}, a label, +NAME for a new label, s, u or q",
                labels.len()
            )?,
            answer => return Ok(answer),
        }
    }
}

fn parse(labels: &[LabelDescription], line: &str) -> Input {
    if let Some(label) = labels.iter().position(|label| label.name == line) {
        return Input::Label(label);
    }
    match line {
        "" | "s" => Input::Skip,
        "u" => Input::Undo,
        "q" => Input::Quit,
        _ => match line.strip_prefix('+').map(str::trim) {
            Some(name) if !name.is_empty() => match labels.iter().position(|label| label.name == name) {
                Some(label) => Input::Label(label),
                None => Input::New(name.to_owned()),
            },
            _ => {
                let number = line.parse::<usize>().ok();
                let index = number.and_then(|number| number.checked_sub(1));
                index
                    .filter(|&index| index < labels.len())
                    .map_or(Input::Unclear, Input::Label)
            }
        },
    }
}

fn question(session: &Session<'_>, text: usize, number: usize, count: usize) -> String {
    let shown: String = session
        .text(text)
        .chars()
        .map(|character| if character.is_control() { ' ' } else { character })
        .collect();
    let choices: Vec<String> = (1..)
        .zip(session.labels())
        .map(|(number, label)| format!("{number} {}", label.name))
        .collect();
    format!(
        "\n{number} of {count}\n  {shown}\n  {}\n  Enter or s skips, u takes the last answer back, +NAME adds a label, q ends the \
         questions\n",
        choices.join("  ")
    )
}

/// Returns a line that says how good the classifier is.
fn progress(estimate: Option<&Estimate>) -> String {
    let Some(estimate) = estimate else {
        return String::new();
    };
    let percent = |fraction: f64| 100.0 * fraction;
    format!(
        "\nso far: {} of {} answers are predicted from the others, {:.0} to {:.0} %\n",
        estimate.right,
        estimate.answers,
        percent(estimate.interval.low),
        percent(estimate.interval.high)
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_answers() {
        let labels = ["bug", "s", "2"].map(LabelDescription::new);
        let read = |line: &str| parse(&labels, line);
        assert_eq!(read("1"), Input::Label(0));
        assert_eq!(read("bug"), Input::Label(0));
        assert_eq!(
            read("s"),
            Input::Label(1),
            "a label's name comes before a command"
        );
        assert_eq!(read("2"), Input::Label(2));
        assert_eq!(read("+bug"), Input::Label(0));
        assert_eq!(read("+ price "), Input::New("price".into()));
        assert_eq!(read(""), Input::Skip);
        assert_eq!(read("u"), Input::Undo);
        assert_eq!(read("q"), Input::Quit);
        for unclear in ["0", "4", "-1", "bugs", "+", "1.5"] {
            assert_eq!(read(unclear), Input::Unclear, "{unclear}");
        }
    }
}
