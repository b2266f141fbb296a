//! The model that a training makes first, within seconds, and that fine-tuning has to beat.

use std::collections::BTreeMap;
use std::time::Instant;

use burn::tensor::Device;
use feedback_trainer::{CheckedArguments, Metrics};
use serde_json::Value;

use super::alike::AlikeTexts;
use super::baselines::baselines;
use super::encoded::EncodedRows;
use super::head::HeadModel;
use super::notice::TrainNotice;
use super::publish::Before;
use super::settings::{BaseModel, TrainOptions, Tuning};
use super::summary::TrainSummary;
use crate::data::PreparedData;
use crate::error::{Error, Result};
use crate::run_folder::RunFolder;

/// What is known of a linear classifier on the base model's encoder before fine-tuning starts.
pub(super) struct FirstModel {
    /// The scores of baselines on the test rows.
    pub(super) baselines: Value,
    /// Its metrics on the validation rows; `None` if the base model is a new one.
    pub(super) validation: Option<BTreeMap<String, f64>>,
    /// Held-out texts that are like a training text; `None` if the base model is a new one.
    pub(super) alike: Option<AlikeTexts>,
    /// The summary of the classifier if it is in the model folder: with the built-in encoder, and if nothing else is trained.
    pub(super) published: Option<TrainSummary>,
}

impl FirstModel {
    /// Fits the classifier if the base model has an encoder, and writes the model folder if the classifier may stay there. The rows are
    /// tokenised here unless their tokens come with them.
    ///
    /// # Errors
    ///
    /// The encoder cannot be read, the device fails, or a file cannot be written.
    pub(super) fn make(
        options: &TrainOptions,
        run: &RunFolder,
        (data, encoded): (&PreparedData, Option<&EncodedRows>),
        start: Instant,
        device: &Device,
        notice: &mut dyn FnMut(TrainNotice<'_>),
    ) -> Result<Self> {
        let baselines = baselines(data)?;
        let Some(head) = HeadModel::fit(options, data, encoded, device)? else {
            return Ok(Self {
                baselines,
                validation: None,
                alike: None,
                published: None,
            });
        };
        let (validation, alike) = (Some(head.validation.clone()), head.alike.clone());
        let is_kept = options.tuning.head_only || may_stay(options);
        let described = (head.c, head.validation.clone());
        let truncated = head.truncated;
        let published = is_kept
            .then(|| head.publish(options, run, data, &baselines, start, device))
            .transpose()?;
        notice(TrainNotice::Head {
            c: described.0,
            validation: &described.1,
            test: published.as_ref().and_then(|summary| summary.test.as_ref()),
            model: published.as_ref().map(|summary| summary.model.as_path()),
            alike: alike.as_ref(),
            truncated,
            seconds: start.elapsed().as_secs_f64(),
        });
        Ok(Self {
            baselines,
            validation,
            alike,
            published,
        })
    }

    /// Returns the summary of a run that trains nothing else, and writes its report.
    ///
    /// # Errors
    ///
    /// [`Error::Tuning`] if the base model has no encoder.
    pub(super) fn only(self, run: &RunFolder) -> Result<TrainSummary> {
        let summary = self.published.ok_or(Error::Tuning {
            reason: "a linear classifier needs a pretrained encoder, but the base model has random weights"
                .into(),
            hint: "name a folder with a pretrained encoder as `model`",
        })?;
        run.write_json("report.json", &summary)?;
        Ok(summary)
    }

    /// Returns true if the published classifier stays, because fine-tuning did not improve the metric for the best model on the
    /// validation rows.
    pub(super) fn stays(
        &self,
        arguments: &CheckedArguments,
        fine_tuned: &Metrics,
        notice: &mut dyn FnMut(TrainNotice<'_>),
    ) -> bool {
        match (&self.validation, &self.published) {
            (Some(head), Some(_)) => head_stays(arguments, head, fine_tuned, notice),
            _ => false,
        }
    }
}

/// Compares the metrics of a linear classifier and of the fine-tuned model on the validation rows. Returns true if fine-tuning did not
/// improve the metric for the best model, so that the classifier stays.
pub fn head_stays(
    arguments: &CheckedArguments,
    head: &Metrics,
    fine_tuned: &Metrics,
    notice: &mut dyn FnMut(TrainNotice<'_>),
) -> bool {
    let metric = arguments.metric_for_best_model.as_str();
    let of = |metrics: &Metrics| metrics.get(metric).copied().unwrap_or(f64::NAN);
    let (head, tuned) = (of(head), of(fine_tuned));
    let beaten = if arguments.is_greater_better() {
        tuned > head
    } else {
        tuned < head
    };
    notice(TrainNotice::Compared {
        metric,
        head,
        fine_tuned: tuned,
        fine_tuned_is_better: beaten,
    });
    !beaten
}

impl From<FirstModel> for Before {
    fn from(first: FirstModel) -> Self {
        Self {
            baselines: first.baselines,
            head: first.validation,
            alike: first.alike,
        }
    }
}

/// Returns true if a linear classifier on the built-in encoder may end in the model folder: if fine-tuning is the usual one. A run
/// that asks for more (adapters, frozen parts, a list of losses, people's corrections) or that belongs to a study ends fine-tuned.
fn may_stay(options: &TrainOptions) -> bool {
    options.model.base == BaseModel::Builtin
        && options.tuning == Tuning::default()
        && options.output.top_losses == 0
        && options.corrections.is_none()
        && !options.fine_tuned_only
}
