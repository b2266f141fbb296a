//! Asks a person at a terminal.

use std::collections::HashSet;
use std::io::{BufRead, Write};
use std::path::Path;
use std::thread::sleep;
use std::time::Duration;

use crate::answer::Answer;
use crate::error::Result;
use crate::inbox::Inbox;
use crate::question::Question;
use crate::queue::QuestionQueue;
use crate::row_id::{RowId, RowSet};

/// The interval at which the queue is read while it has no open question.
const PAUSE: Duration = Duration::from_millis(200);

/// Asks the questions of a run, one after the other, and sends the answers to its inbox. Training continues in the meantime.
///
/// # Examples
///
/// A person confirms a label, corrects another by its number, and quits:
///
/// ```
/// # use feedback_corrections::{Inbox, Terminal};
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let run = tempfile::tempdir()?;
/// # std::fs::create_dir(run.path().join("corrections"))?;
/// # let row = |line: u64| format!(r#"{{"id":"train:{line}","text":"it crashes","label":"praise","predicted_label":"bug","confidence":0.9,"loss":2.3,"scores":[],"global_step":5}}"#);
/// # std::fs::write(run.path().join("corrections/queue.jsonl"), row(1) + "\n" + &row(2) + "\n" + &row(3) + "\n")?;
/// let labels = ["bug", "praise"].map(str::to_owned);
/// let mut screen = Vec::new();
/// Terminal::new(run.path(), &labels, "anna").run("\n1\nq\n".as_bytes(), &mut screen)?;
/// let answers = std::fs::read_to_string(Inbox::new(run.path()).path())?;
/// assert_eq!(answers.lines().count(), 2);
/// assert!(answers.contains(r#""id":"train:2","label":"bug""#));
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct Terminal {
    queue: QuestionQueue,
    inbox: Inbox,
    labels: Vec<String>,
    by: String,
    /// The rows about which the person was already asked.
    asked: HashSet<RowId>,
}

/// The meaning of a line that the person enters.
enum Input {
    Label(String),
    Drop,
    Skip,
    Quit,
    Unclear,
}

impl Terminal {
    /// Creates a terminal for the run in this folder. The answers have the name `by`.
    pub fn new(run: &Path, labels: &[String], by: &str) -> Self {
        Self {
            queue: QuestionQueue::new(run),
            inbox: Inbox::new(run),
            labels: labels.to_vec(),
            by: by.to_owned(),
            asked: HashSet::new(),
        }
    }

    /// Asks questions until the person quits or the input ends; waits while there is no question. Call it on a separate
    /// thread, because it blocks while it waits for input or for questions.
    ///
    /// # Errors
    ///
    /// If the queue cannot be read, an answer cannot be written, or the terminal was closed.
    pub fn run(mut self, mut input: impl BufRead, mut output: impl Write) -> Result<()> {
        loop {
            let items = self.queue.read()?;
            let open = items.iter().filter(|item| !self.asked.contains(&item.id));
            let waiting = open.clone().count();
            let Some(item) = open.clone().next() else {
                sleep(PAUSE);
                continue;
            };
            if !self.ask(item, waiting, &mut input, &mut output)? {
                return Ok(());
            }
            self.asked.insert(item.id);
        }
    }

    /// Asks one question; returns false if the person quits or the input has ended.
    fn ask(
        &self,
        item: &Question,
        waiting: usize,
        input: &mut impl BufRead,
        output: &mut impl Write,
    ) -> Result<bool> {
        write!(output, "{}", self.question(item, waiting))?;
        loop {
            write!(output, "> ")?;
            output.flush()?;
            let mut line = String::new();
            if input.read_line(&mut line)? == 0 {
                return Ok(false);
            }
            let answer = match self.parse(item, line.trim()) {
                Input::Label(label) => Answer::label(item.id, &label, &self.by),
                Input::Drop => Answer::drop(item.id, &self.by),
                Input::Skip => return Ok(true),
                Input::Quit => {
                    writeln!(output, "no more questions; training continues")?;
                    return Ok(false);
                }
                Input::Unclear => {
                    writeln!(
                        output,
                        "enter a number from 1 to {}, a label, d, s or q",
                        self.labels.len()
                    )?;
                    continue;
                }
            };
            self.inbox.send(&Answer {
                text: Some(item.text.clone()),
                ..answer
            })?;
            writeln!(output, "noted; it takes effect in the next epoch")?;
            return Ok(true);
        }
    }

    fn question(&self, item: &Question, waiting: usize) -> String {
        let Question { id, confidence, .. } = item;
        let kind = match id.set {
            RowSet::Train => "training row",
            RowSet::Validation => "validation row",
            RowSet::Unlabelled => "text without a label",
        };
        let labelled = match (&item.label, item.loss) {
            (Some(label), Some(loss)) => format!("labelled {label} (loss {loss:.2}), "),
            _ => String::new(),
        };
        let shown: String = item
            .text
            .chars()
            .map(|character| if character.is_control() { ' ' } else { character })
            .collect();
        let choices: Vec<String> = self
            .labels
            .iter()
            .enumerate()
            .map(|(index, label)| format!("{} {label}", index + 1))
            .collect();
        let keys = if item.label.is_some() {
            "Enter keeps the label, s skips"
        } else {
            "Enter or s skips"
        };
        format!(
            "\n{kind} {id}, {waiting} to ask about\n  {shown}\n  {labelled}the model says {} ({:.0} %)\n  {}\n  {keys}, \
             d drops the row, q ends the questions\n",
            item.predicted_label,
            100.0 * confidence,
            choices.join("  "),
        )
    }

    fn parse(&self, item: &Question, line: &str) -> Input {
        if self.labels.iter().any(|label| label == line) {
            return Input::Label(line.to_owned());
        }
        match (line, &item.label) {
            ("", Some(label)) => Input::Label(label.clone()),
            ("" | "s", _) => Input::Skip,
            ("d", _) => Input::Drop,
            ("q", _) => Input::Quit,
            (number, _) => {
                let index = number
                    .parse::<usize>()
                    .ok()
                    .and_then(|number| number.checked_sub(1));
                match index.and_then(|index| self.labels.get(index)) {
                    Some(label) => Input::Label(label.clone()),
                    None => Input::Unclear,
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::inbox::Line;
    use crate::question::LabelScore;

    fn item(id: &str, label: Option<&str>) -> Question {
        Question {
            id: id.parse().unwrap(),
            text: "evil\u{1b}[2J text".into(),
            label: label.map(str::to_owned),
            predicted_label: "bug".into(),
            confidence: 0.9,
            loss: label.map(|_| 2.3),
            scores: vec![LabelScore {
                label: "bug".into(),
                score: 0.9,
            }],
            global_step: 1,
        }
    }

    #[test]
    fn lines_become_answers() {
        let run = tempfile::tempdir().unwrap();
        fs_err::create_dir(run.path().join("corrections")).unwrap();
        let items = [
            item("train:1", Some("praise")),
            item("validation:2", Some("praise")),
            item("unlabelled:3", None),
            item("unlabelled:4", None),
            item("train:5", Some("bug")),
            item("train:6", Some("bug")),
        ];
        QuestionQueue::new(run.path()).write(&items).unwrap();
        let labels = ["bug", "praise", "other"].map(str::to_owned);
        let mut screen = Vec::new();
        Terminal::new(run.path(), &labels, "anna")
            .run("0\nwhat\nother\n\n2\n\nd\n".as_bytes(), &mut screen)
            .unwrap();
        let (lines, _) = Inbox::new(run.path()).read_from(0).unwrap();
        let found: Vec<String> = lines
            .iter()
            .map(|line| match line {
                Line::Answer(answer) => {
                    assert_eq!(answer.by.as_deref(), Some("anna"));
                    assert_eq!(answer.text.as_deref(), Some("evil\u{1b}[2J text"));
                    format!("{} {}", answer.id, answer.label.as_deref().unwrap_or("-"))
                }
                other => panic!("{other:?}"),
            })
            .collect();
        assert_eq!(
            found,
            [
                "train:1 other",
                "validation:2 praise",
                "unlabelled:3 praise",
                "train:5 -"
            ]
        );
        let screen = String::from_utf8(screen).unwrap();
        assert_eq!(screen.matches("a number from 1 to 3").count(), 2, "{screen}");
        assert!(screen.contains("6 to ask about") && screen.contains("labelled praise (loss 2.30)"));
        assert!(
            !screen.contains('\u{1b}'),
            "control characters must not reach the terminal"
        );
    }
}
