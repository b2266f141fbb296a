//! A folder with rows, and the progress of a study.

use feedback_pipeline::train::TrainNotice;
use feedback_studies::{Error, StudyNotice, Watch};
use feedback_testkit::recipes::{Place, Refusal, lines};
use serde_json::{Value, json};

/// 30 rows of two labels; the last two repeat the first two texts with other case and punctuation.
pub(crate) fn place() -> Place {
    let place = Place::with_model();
    let mut rows: Vec<Value> = (0..28)
        .map(|index| match index % 2 {
            0 => json!({"id": format!("a{index}"), "text": format!("it crashes on page {index}"), "label": "bug"}),
            _ => json!({"id": format!("a{index}"), "text": format!("i love page {index}"), "label": "praise"}),
        })
        .collect();
    rows.push(json!({"id": 28, "text": "It CRASHES on page 0!", "label": "bug"}));
    rows.push(json!({"text": "I love page 1.", "label": "praise"}));
    place.write("data.jsonl", lines(&rows));
    place
}

pub(crate) const CALL: &str = "--data data.jsonl --model tiny-bert --max-length 16 --epochs 1 --output model";

/// What a study reported: which trainings began, and which were kept.
#[derive(Default)]
pub(crate) struct Progress {
    pub(crate) begun: Vec<String>,
    pub(crate) kept: Vec<String>,
    /// The numbers of unusable rows that the study or its trainings named.
    pub(crate) set_aside: Vec<usize>,
}

impl Watch for Progress {
    fn notice(&mut self, notice: StudyNotice<'_>) {
        match notice {
            StudyNotice::Member { name, .. } => self.begun.push(name.to_owned()),
            StudyNotice::Kept { name } => self.kept.push(name.to_owned()),
            StudyNotice::SetAside { rows } => self.set_aside.push(rows),
            StudyNotice::Train(TrainNotice::Data(data)) => self.set_aside.push(data.set_aside),
            _ => {}
        }
    }
}

pub(crate) fn refusal(error: Error) -> Refusal {
    Refusal::new(&error, error.hint(), error.is_usage())
}
