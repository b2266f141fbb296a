//! Asking a person at a terminal.

use std::collections::HashSet;
use std::io::{BufRead, Write};
use std::path::Path;
use std::thread::sleep;
use std::time::Duration;

use super::{Answer, Inbox, Queue, QueueItem, RowId, RowSet};
use crate::Result;

/// How often the queue is looked at while there is nothing to ask.
const PAUSE: Duration = Duration::from_millis(200);

/// Asks about queued rows, one after the other, and hands the answers in. Training knows nothing of it.
///
/// # Examples
///
/// A person confirms a label, corrects another by its number, and has had enough:
///
/// ```
/// # use feedback_pipeline::corrections::*;
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let run = tempfile::tempdir()?;
/// # std::fs::create_dir(run.path().join("corrections"))?;
/// # let row = |line: u64| format!(r#"{{"id":"train:{line}","text":"it crashes","label":"praise","predicted_label":"bug","confidence":0.9,"loss":2.3,"scores":[],"global_step":5}}"#);
/// # std::fs::write(run.path().join("corrections/queue.jsonl"), row(1) + "\n" + &row(2) + "\n" + &row(3) + "\n")?;
/// let labels = ["bug", "praise"].map(str::to_owned);
/// let mut screen = Vec::new();
/// Terminal::of_run(run.path(), &labels, "anna").run("\n1\nq\n".as_bytes(), &mut screen)?;
/// let answers = std::fs::read_to_string(Inbox::of_run(run.path()).path())?;
/// assert_eq!(answers.lines().count(), 2);
/// assert!(answers.contains(r#""id":"train:2","label":"bug""#));
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct Terminal {
    queue: Queue,
    inbox: Inbox,
    labels: Vec<String>,
    by: String,
    /// Rows that were asked about before.
    asked: HashSet<RowId>,
}

/// What a line at the prompt means.
enum Reply {
    Label(String),
    Drop,
    Skip,
    Quit,
    Unclear,
}

impl Terminal {
    /// Asks about the rows of the run in this folder, in the name of `by`.
    pub fn of_run(run: &Path, labels: &[String], by: &str) -> Self {
        Self {
            queue: Queue::of_run(run),
            inbox: Inbox::of_run(run),
            labels: labels.to_vec(),
            by: by.to_owned(),
            asked: HashSet::new(),
        }
    }

    /// Asks until the person quits or the input ends; waits while there is nothing to ask. Give it a thread of its own,
    /// so that neither the wait nor the keyboard holds anybody up.
    ///
    /// # Errors
    ///
    /// A queue that cannot be read, an answer that cannot be written, or a terminal that is gone.
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

    /// One question; false when the person has had enough.
    fn ask(
        &self,
        item: &QueueItem,
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
            let answer = match self.reply(item, line.trim()) {
                Reply::Label(label) => Answer::label(item.id, &label, &self.by),
                Reply::Drop => Answer::drop(item.id, &self.by),
                Reply::Skip => return Ok(true),
                Reply::Quit => {
                    writeln!(output, "no more questions; training goes on")?;
                    return Ok(false);
                }
                Reply::Unclear => {
                    writeln!(
                        output,
                        "a number from 1 to {}, a label, d, s or q",
                        self.labels.len()
                    )?;
                    continue;
                }
            };
            self.inbox.send(&Answer {
                text: Some(item.text.clone()),
                ..answer
            })?;
            writeln!(output, "noted; it counts from the next epoch on")?;
            return Ok(true);
        }
    }

    fn question(&self, item: &QueueItem, waiting: usize) -> String {
        let QueueItem { id, confidence, .. } = item;
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
        let keep = if item.label.is_some() {
            "Enter keeps the label"
        } else {
            "Enter skips"
        };
        format!(
            "\n{kind} {id}, {waiting} to ask about\n  {shown}\n  {labelled}the model says {} ({:.0} %)\n  {}\n  {keep}, \
             d drops the row, s skips, q ends the questions\n",
            item.predicted_label,
            100.0 * confidence,
            choices.join("  "),
        )
    }

    fn reply(&self, item: &QueueItem, line: &str) -> Reply {
        if self.labels.iter().any(|label| label == line) {
            return Reply::Label(line.to_owned());
        }
        match (line, &item.label) {
            ("", Some(label)) => Reply::Label(label.clone()),
            ("" | "s", _) => Reply::Skip,
            ("d", _) => Reply::Drop,
            ("q", _) => Reply::Quit,
            (number, _) => {
                let index = number
                    .parse::<usize>()
                    .ok()
                    .and_then(|number| number.checked_sub(1));
                match index.and_then(|index| self.labels.get(index)) {
                    Some(label) => Reply::Label(label.clone()),
                    None => Reply::Unclear,
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::corrections::LabelScore;

    fn item(id: &str, label: Option<&str>) -> QueueItem {
        QueueItem {
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
    fn replies_become_answers() {
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
        Queue::of_run(run.path()).write(&items).unwrap();
        let labels = ["bug", "praise", "other"].map(str::to_owned);
        let mut screen = Vec::new();
        Terminal::of_run(run.path(), &labels, "anna")
            .run("0\nwhat\nother\n\n2\n\nd\n".as_bytes(), &mut screen)
            .unwrap();
        let (lines, _) = Inbox::of_run(run.path()).read_from(0).unwrap();
        let found: Vec<String> = lines
            .iter()
            .map(|line| match line {
                super::super::answers::Line::Answer(answer) => {
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
            "control characters never reach the terminal"
        );
    }
}
