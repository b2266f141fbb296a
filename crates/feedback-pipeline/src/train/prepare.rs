//! Prepares data and model for the first step.

use burn::module::Module;
use burn::tensor::Device;
use feedback_bert::config::BertConfig;
use feedback_bert::{BertForSequenceClassification, BertTokenizer};
use feedback_trainer::callbacks::GradualUnfreezing;
use feedback_trainer::trainable_parameters;

use super::encoded::EncodedRows;
use super::inputs;
use super::notice::TrainNotice;
use super::settings::TrainOptions;
use super::start_model::start_model;
use crate::corrections::CorrectionLoop;
use crate::data::{PreparedData, prepare_data};
use crate::error::Result;
use crate::objectives::EncodedExamples;
use crate::run_folder::RunFolder;

/// The data and the model of a run before its first step.
pub(super) struct Prepared {
    pub(super) data: PreparedData,
    pub(super) config: BertConfig,
    pub(super) tokenizer: BertTokenizer,
    pub(super) model: BertForSequenceClassification,
    pub(super) encoded: EncodedRows,
    pub(super) train_set: EncodedExamples,
    pub(super) validation_set: EncodedExamples,
    pub(super) corrections: Option<CorrectionLoop>,
    pub(super) unfreezing: Option<GradualUnfreezing>,
}

/// Reads and splits the rows of a run, and keeps a record of them in its folder.
pub(super) fn prepare_rows(
    options: &TrainOptions,
    run: &RunFolder,
    again: bool,
    notice: &mut dyn FnMut(TrainNotice<'_>),
) -> Result<PreparedData> {
    notice(TrainNotice::Run(run.path()));
    let data = prepare_data(&options.data, &run.path().join("data"))?;
    inputs::keep_or_require_same(run, again, &data.description, &options.model.base)?;
    notice(TrainNotice::Data(&data));
    Ok(data)
}

/// Loads the model and tokenises the rows.
pub(super) fn prepare(
    options: &TrainOptions,
    run: &RunFolder,
    data: PreparedData,
    device: &Device,
    notice: &mut dyn FnMut(TrainNotice<'_>),
) -> Result<Prepared> {
    let start = start_model(options, data.labels.names(), &data.train.texts, device)?;
    let tokenizer = start.tokenizer;
    let encoded = EncodedRows::new(&data, |texts| tokenizer.encode(texts))?;
    let (train_set, validation_set) = encoded.examples(&data, &tokenizer);
    notice(TrainNotice::Model {
        parameters: start.model.num_params(),
        trainable: trainable_parameters(&start.model),
        report: &start.report,
        truncated: train_set.truncated(),
        in_windows: train_set.in_windows(),
    });
    let unfreezing = options.tuning.gradual_unfreezing(&start.model)?;
    let corrections = options.corrections.as_ref().map(|wanted| {
        let encoded = (&tokenizer, &train_set, &validation_set);
        CorrectionLoop::open(wanted, run.path(), &data, encoded, &options.arguments, device)
    });
    Ok(Prepared {
        corrections: corrections.transpose()?,
        data,
        config: start.config,
        tokenizer,
        model: start.model,
        encoded,
        train_set,
        validation_set,
        unfreezing,
    })
}
