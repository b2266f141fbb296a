//! Further questions of a model: linear classifiers on the vectors of its encoder, one for each further field.

use burn::tensor::Device;
use feedback_bert::ModelFolder;
use feedback_heads::questions::{Answered, fit_question};
use feedback_inference::Classifier;

use super::encoded::EncodedRows;
use super::settings::TrainOptions;
use crate::data::{FieldAnswers, PreparedData, field_answers};
use crate::error::{DataError, Result};

/// Fits a classifier for each further field and adds it to the model; a question of the same name is replaced.
/// Without `rows`, the texts are tokenised here.
///
/// # Errors
///
/// A field has no answer, or the same one everywhere; or the device fails.
pub(super) fn add_questions(
    folder: &mut ModelFolder,
    options: &TrainOptions,
    data: &PreparedData,
    rows: Option<&EncodedRows>,
    device: &Device,
) -> Result<()> {
    let (names, read) = (&options.data.questions, &options.data.read);
    if names.is_empty() {
        return Ok(());
    }
    let classifier = Classifier::new(folder.clone(), device)?;
    // Texts that people labelled during training have no further fields.
    let n_train = data.train.len() - data.entered;
    let (train_vectors, validation_vectors) = vectors(&classifier, data, rows)?;
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
        let select = |vectors: &[f32], answers: &FieldAnswers| {
            let rows = vectors.chunks_exact(classifier.width()).zip(&answers.of_texts);
            let known = rows.filter_map(|(vector, names)| Some((vector, ids(names.as_ref()?, &labels)?)));
            let (vectors, answers): (Vec<&[f32]>, Vec<Vec<usize>>) = known.unzip();
            (vectors.concat(), answers)
        };
        let (train, validation) = (
            select(&train_vectors, &of_train),
            select(&validation_vectors, &of_validation),
        );
        let question = fit_question(
            name,
            labels.clone(),
            multi_label,
            Answered {
                vectors: &train.0,
                labels: &train.1,
            },
            Answered {
                vectors: &validation.0,
                labels: &validation.1,
            },
        )?;
        folder.questions.retain(|other| other.name != *name);
        folder.questions.push(question);
    }
    Ok(())
}

/// Returns the vectors of the training and validation texts.
fn vectors(
    classifier: &Classifier,
    data: &PreparedData,
    rows: Option<&EncodedRows>,
) -> Result<(Vec<f32>, Vec<f32>)> {
    Ok(match rows {
        Some(rows) => (
            classifier.vectors_of(&rows.train)?,
            classifier.vectors_of(&rows.validation)?,
        ),
        None => (
            classifier.vectors(&data.train.texts)?,
            classifier.vectors(&data.validation.texts)?,
        ),
    })
}

/// Returns the indices of labels; `None` if one of them is not in `labels`, so that no model can predict it.
fn ids(names: &[String], labels: &[String]) -> Option<Vec<usize>> {
    let id = |name| labels.iter().position(|label| label == name);
    names.iter().map(id).collect()
}
