//! A folder with unlabelled texts, and pretrainings in it.

use feedback_pipeline::train::BaseModel;
use feedback_pretrain::{
    DistillationTarget, PretrainNotice, PretrainObjective, PretrainOptions, PretrainSummary, pretrain,
};
use feedback_testkit::recipes::{Place, Refusal, feedback};

pub(crate) fn place_with_texts() -> Place {
    let place = Place::with_model_and_data();
    let texts: Vec<String> = feedback(20)
        .iter()
        .map(|row| row["text"].as_str().unwrap().replace('\n', " "))
        .collect();
    place.write("texts.txt", texts.join("\n"));
    place
}

/// Settings for a quick pretraining of `tiny-bert`.
pub(crate) fn options(place: &Place, output: &str) -> PretrainOptions {
    let base = BaseModel::Folder(place.path("tiny-bert"));
    let mut options = PretrainOptions::new(place.path("texts.txt"), base, place.path(output));
    options.max_length = 32;
    options.validation_rows = 30;
    options.arguments.max_steps = Some(4);
    options
}

/// Settings for distilling `tiny-bert`.
pub(crate) fn distilling(
    place: &Place,
    base: BaseModel,
    target: DistillationTarget,
    output: &str,
) -> PretrainOptions {
    let mut options = options(place, output);
    options.base = base;
    options.objective = PretrainObjective::Distillation {
        teacher: place.path("tiny-bert"),
        target,
    };
    options
}

/// Also returns the update after which it was resumed, if it was.
pub(crate) fn pretrained(options: &PretrainOptions) -> Result<(PretrainSummary, Option<usize>), Refusal> {
    let mut resumed = None;
    let summary = pretrain(options, Vec::new(), &mut |notice| {
        if let PretrainNotice::Resumed(step) = notice {
            resumed = Some(step);
        }
    });
    match summary {
        Ok(summary) => Ok((summary, resumed)),
        Err(error) => Err(Refusal::new(&error, error.hint(), error.is_usage())),
    }
}
