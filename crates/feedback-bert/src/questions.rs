//! Further questions about a text. A model answers them from the same pooled vector from which it predicts
//! the label.

use std::path::Path;

use feedback_files::{JsonLayout, make_readable, read_json, sync_file, write_json};
use safetensors::{Dtype, SafeTensorError, SafeTensors, tensor::TensorView};
use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};

/// The files of the questions in a model folder.
pub(crate) const QUESTIONS: &str = "questions.json";
pub(crate) const QUESTION_WEIGHTS: &str = "questions.safetensors";

/// A question, its possible answers, and the linear classifier that scores the answers from the pooled vector
/// of a text.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Question {
    /// The name, such as `sentiment`.
    pub name: String,
    /// Whether a text can have any number of labels, including none; otherwise it has exactly one.
    pub multi_label: bool,
    /// The labels.
    pub labels: Vec<String>,
    /// The scores are divided by this number before they become probabilities; 1 leaves them unchanged.
    pub temperature: f64,
    /// If a text can have several labels: the minimum probability of a label that counts as an answer, from 0
    /// to below 1.
    #[serde(default = "half")]
    pub threshold: f64,
    /// `[labels, width]`, row-major.
    #[serde(skip)]
    pub weights: Vec<f32>,
    /// `[labels]`
    #[serde(skip)]
    pub bias: Vec<f32>,
}

fn half() -> f64 {
    0.5
}

impl Question {
    /// Returns one score per label for the pooled vector of a text.
    pub fn logits(&self, vector: &[f32]) -> Vec<f32> {
        let rows = self.weights.chunks_exact(vector.len().max(1));
        let score =
            |(row, bias): (&[f32], &f32)| row.iter().zip(vector).map(|(a, b)| a * b).sum::<f32>() + bias;
        rows.zip(&self.bias).map(score).collect()
    }
}

/// Writes `questions.json` and `questions.safetensors` with the tensors `NAME.weight`, `[labels, width]`, and `NAME.bias`.
///
/// # Errors
///
/// [`Error::File`] or [`Error::Weights`] if a file cannot be written.
pub fn save(questions: &[Question], folder: &Path) -> Result<()> {
    write_json(folder.join(QUESTIONS), &questions, JsonLayout::PrettyWithNewline)?;
    let path = folder.join(QUESTION_WEIGHTS);
    let bytes = |values: &[f32]| {
        values
            .iter()
            .flat_map(|value| value.to_le_bytes())
            .collect::<Vec<u8>>()
    };
    let tensors = questions.iter().flat_map(|question| {
        let (labels, name) = (question.labels.len(), &question.name);
        let width = question.weights.len() / labels.max(1);
        [
            (
                format!("{name}.weight"),
                vec![labels, width],
                bytes(&question.weights),
            ),
            (format!("{name}.bias"), vec![labels], bytes(&question.bias)),
        ]
    });
    let tensors: Vec<(String, Vec<usize>, Vec<u8>)> = tensors.collect();
    let views = tensors
        .iter()
        .map(|(name, shape, bytes)| Ok((name.as_str(), TensorView::new(Dtype::F32, shape.clone(), bytes)?)));
    views
        .collect::<std::result::Result<Vec<_>, SafeTensorError>>()
        .and_then(|views| safetensors::serialize_to_file(views, None, &path))
        .map_err(|error| Error::weights(&path, error.to_string()))?;
    make_readable(&path)?;
    Ok(sync_file(&path)?)
}

/// Reads the questions of a folder whose vectors have `width` elements; an empty list if the folder has no
/// `questions.json`.
///
/// # Errors
///
/// [`Error::Io`] or [`Error::File`] if a file cannot be read. [`Error::Weights`] if a weight is missing, is
/// not finite or has another shape, or if a temperature or threshold is out of range.
pub fn load(folder: &Path, width: usize) -> Result<Vec<Question>> {
    let path = folder.join(QUESTIONS);
    if !path.exists() {
        return Ok(Vec::new());
    }
    let mut questions: Vec<Question> = read_json(&path)?;
    let path = folder.join(QUESTION_WEIGHTS);
    let bytes = fs_err::read(&path)?;
    let wrong = |reason: String| Error::weights(&path, reason);
    let file = SafeTensors::deserialize(&bytes).map_err(|error| wrong(error.to_string()))?;
    for question in &mut questions {
        let labels = question.labels.len();
        let read = |part: &str, count: usize| {
            let name = format!("{}.{part}", question.name);
            values(&file, &name, count).ok_or_else(|| {
                wrong(format!(
                    "the tensor `{name}` is missing, or does not have exactly {count} finite numbers of the type F32"
                ))
            })
        };
        (question.weights, question.bias) = (read("weight", labels * width)?, read("bias", labels)?);
        let usable = (1e-6..=1e6).contains(&question.temperature) && (0.0..1.0).contains(&question.threshold);
        if labels == 0 || !usable {
            return Err(wrong(format!(
                "the question `{}` has {labels} labels, the temperature {} and the threshold {}; expected at least one label, a \
                 temperature from 0.000001 to 1000000 and a threshold from 0 to below 1",
                question.name, question.temperature, question.threshold
            )));
        }
    }
    Ok(questions)
}

fn values(file: &SafeTensors<'_>, name: &str, count: usize) -> Option<Vec<f32>> {
    let tensor = file.tensor(name).ok()?;
    let words = tensor.data().as_chunks::<4>().0.iter();
    let values: Vec<f32> = words.map(|&word| f32::from_le_bytes(word)).collect();
    let usable =
        tensor.dtype() == Dtype::F32 && values.len() == count && values.iter().all(|value| value.is_finite());
    usable.then_some(values)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn question() -> Question {
        Question {
            name: "sentiment".into(),
            multi_label: false,
            labels: ["negative", "positive"].map(str::to_owned).to_vec(),
            temperature: 1.5,
            threshold: 0.5,
            weights: vec![1.0, 0.0, 0.5, -2.0, 0.25, 1.0],
            bias: vec![0.1, -0.1],
        }
    }

    #[test]
    fn questions_come_back_and_score_vectors() {
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(load(folder.path(), 3).unwrap(), []);
        save(&[question()], folder.path()).unwrap();
        let read = load(folder.path(), 3).unwrap();
        assert_eq!(read, [question()]);
        let logits = read[0].logits(&[1.0, 2.0, 4.0]);
        assert!(
            (logits[0] - 3.1).abs() < 1e-6 && (logits[1] - 2.4).abs() < 1e-6,
            "{logits:?}"
        );
        let error = load(folder.path(), 4).unwrap_err().to_string();
        assert!(
            error.contains("`sentiment.weight`") && error.contains("8 finite"),
            "{error}"
        );
    }

    #[test]
    fn a_temperature_that_gives_no_probabilities_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let mut wrong = question();
        wrong.temperature = 0.0;
        save(&[wrong], folder.path()).unwrap();
        let error = load(folder.path(), 3).unwrap_err().to_string();
        assert!(error.contains("temperature 0"), "{error}");
    }
}
