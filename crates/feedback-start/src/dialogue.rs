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
    let (before, first_labels) = (session.answers().len(), session.labels().len());
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
        let label = match read_answer(session.labels(), &mut input, &mut output)? {
            Input::Label(label) => label,
            Input::New(name) => match session.add_label(LabelDescription::new(name)) {
                Ok(()) => session.labels().len() - 1,
                Err(error) => {
                    writeln!(output, "{error}")?;
                    again = Some(text);
                    continue;
                }
            },
            Input::Undo => {
                again = Some(undo(session, file, [before, first_labels], &mut output)?.unwrap_or(text));
                continue;
            }
            Input::Quit => break,
            Input::Skip | Input::Unclear => continue,
        };
        file.append(session.text(text), &session.labels()[label].name)?;
        session.answer(text, label);
        if (session.answers().len() - before).is_multiple_of(PROGRESS_EVERY) {
            write!(output, "{}", progress(session.estimate()?.as_ref()))?;
        }
    }
    Ok(session.answers().len() - before)
}

/// Takes back the last answer of this dialogue, with the label that it added, and returns its text. `first` has the numbers of
/// answers and labels at the start of the dialogue.
fn undo(
    session: &mut Session<'_>,
    file: &LabelledFile,
    first: [usize; 2],
    output: &mut impl Write,
) -> Result<Option<usize>> {
    let last = session.answers().last().copied();
    let Some((text, label)) = last.filter(|_| session.answers().len() > first[0]) else {
        writeln!(output, "there is no answer of this session to take back")?;
        return Ok(None);
    };
    if !file.remove_last(session.text(text), &session.labels()[label].name)? {
        let path = file.path().display();
        writeln!(
            output,
            "the last line of `{path}` is another answer: correct the file itself"
        )?;
        return Ok(None);
    }
    session.undo();
    if label >= first[1] && label + 1 == session.labels().len() {
        session.remove_last_label()?;
    }
    Ok(Some(text))
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
        let mut line = Vec::new();
        if input.read_until(b'\n', &mut line)? == 0 {
            return Ok(Input::Quit);
        }
        match parse(labels, String::from_utf8_lossy(&line).trim()) {
            Input::Unclear => writeln!(
                output,
                "enter a number from 1 to {}, a label, +NAME for a new label, s, u or q",
                labels.len()
            )?,
            answer => return Ok(answer),
        }
    }
}

/// Commands and numbers come before labels with the same name, which still have a number.
fn parse(labels: &[LabelDescription], line: &str) -> Input {
    let named = |name: &str| labels.iter().position(|label| label.name == name);
    match line {
        "" | "s" => return Input::Skip,
        "u" => return Input::Undo,
        "q" => return Input::Quit,
        _ => {}
    }
    if let Some(number) = line
        .parse::<usize>()
        .ok()
        .and_then(|number| number.checked_sub(1))
    {
        return if number < labels.len() {
            Input::Label(number)
        } else {
            Input::Unclear
        };
    }
    match line.strip_prefix('+').map(str::trim) {
        Some("") => Input::Unclear,
        Some(name) => named(name).map_or_else(|| Input::New(name.to_owned()), Input::Label),
        None => named(line).map_or(Input::Unclear, Input::Label),
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
        assert_eq!(read("s"), Input::Skip, "a command comes before a label's name");
        assert_eq!(read("2"), Input::Label(1), "a number comes before a label's name");
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
