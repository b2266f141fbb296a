//! Further questions of a model: linear classifiers on the vectors of its encoder, one for each further field.

use burn::tensor::Device;
use feedback_bert::ModelFolder;
use feedback_heads::questions::{Answered, fit_question};
use feedback_inference::Classifier;

use super::settings::TrainOptions;
use crate::data::{Examples, FieldAnswers, PreparedData, field_answers};
use crate::error::{DataError, Result};

/// Fits a classifier for each further field and adds it to the model; a question of the same name is replaced.
///
/// # Errors
///
/// A field has no answer, or the same one everywhere; or the device fails.
pub(super) fn add_questions(
    folder: &mut ModelFolder,
    options: &TrainOptions,
    data: &PreparedData,
    device: &Device,
) -> Result<()> {
    let (names, read) = (&options.data.questions, &options.data.read);
    if names.is_empty() {
        return Ok(());
    }
    let classifier = Classifier::new(folder.clone(), device)?;
    // Texts that people labelled during training have no further fields.
    let n_train = data.train.len() - data.entered;
    let train = Vectors::new(&classifier, &data.train)?;
    let validation = Vectors::new(&classifier, &data.validation)?;
    let of_train = field_answers(&data.train, n_train, names, read)?;
    let of_validation = field_answers(&data.validation, data.validation.len(), names, read)?;
    for ((name, of_train), of_validation) in names.iter().zip(of_train).zip(of_validation) {
        let labels = of_train.labels();
        let multi_label = of_train.multi_label || of_validation.multi_label;
        if labels.is_empty() || labels.len() == 1 && !multi_label {
            return Err(DataError::NoAnswers {
                path: data.train.path.clone(),
                field: name.clone(),
                only: labels.first().cloned(),
            }
            .into());
        }
        let (train, validation) = (
            train.answered(&of_train, &labels, multi_label),
            validation.answered(&of_validation, &labels, multi_label),
        );
        let question = fit_question(name, labels, multi_label, train.borrowed(), validation.borrowed())?;
        folder.questions.retain(|other| other.name != *name);
        folder.questions.push(question);
    }
    Ok(())
}

/// The vectors of texts.
struct Vectors {
    values: Vec<f32>,
    width: usize,
}

/// The vectors of the texts that have an answer, and the answers as indices.
struct Selected {
    vectors: Vec<f32>,
    labels: Vec<Vec<usize>>,
}

impl Selected {
    fn borrowed(&self) -> Answered<'_> {
        Answered {
            vectors: &self.vectors,
            labels: &self.labels,
        }
    }
}

impl Vectors {
    fn new(classifier: &Classifier, examples: &Examples) -> Result<Self> {
        Ok(Self {
            values: classifier.vectors(&examples.texts)?,
            width: classifier.width(),
        })
    }

    /// The texts with an answer. A text with a label that is not in `labels` is left out: it cannot be predicted.
    fn answered(&self, answers: &FieldAnswers, labels: &[String], multi_label: bool) -> Selected {
        let mut selected = Selected {
            vectors: Vec::new(),
            labels: Vec::new(),
        };
        for (vector, names) in self.values.chunks_exact(self.width.max(1)).zip(&answers.of_texts) {
            let Some(names) = names else { continue };
            let ids = names
                .iter()
                .map(|name| labels.iter().position(|label| label == name));
            let Some(ids) = ids.collect::<Option<Vec<usize>>>() else {
                continue;
            };
            if multi_label || ids.len() == 1 {
                selected.vectors.extend_from_slice(vector);
                selected.labels.push(ids);
            }
        }
        selected
    }
}
