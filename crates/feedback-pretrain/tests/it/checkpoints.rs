//! Pretrainings that are continued.

use feedback_pipeline::train::BaseModel;
use feedback_pretrain::PretrainOptions;
use feedback_testkit::recipes::Place;
use feedback_trainer::IntervalStrategy;

use crate::texts::{options, place_with_texts, pretrained};

fn saving(place: &Place, output: &str) -> PretrainOptions {
    let mut options = options(place, output);
    options.arguments.max_steps = None;
    options.arguments.num_train_epochs = 2;
    options.arguments.save_strategy = IntervalStrategy::Steps;
    options.arguments.save_steps = 3;
    options.checkpoints = Some(place.path("kept"));
    options
}

/// The last checkpoint is removed to simulate a run that was interrupted before it.
#[test]
fn an_interrupted_pretraining_is_resumed() {
    let place = place_with_texts();
    // Refused settings are not saved in the folder of the checkpoints.
    let mut too_long = saving(&place, "whole");
    too_long.max_length = 9999;
    place.refused_setting(|| pretrained(&too_long), &["max_length"]);
    let (whole, _) = pretrained(&saving(&place, "whole")).unwrap();
    let names = place.names("kept");
    let steps = names
        .iter()
        .filter_map(|name| name.strip_prefix("checkpoint-")?.parse::<usize>().ok());
    let mut steps: Vec<usize> = steps.collect();
    steps.sort_unstable();
    let last = steps.pop().unwrap();
    place.remove(&format!("kept/checkpoint-{last}"));
    let before = steps.pop().unwrap();

    let (rest, resumed) = pretrained(&saving(&place, "again")).unwrap();
    assert_eq!(resumed, Some(before));
    assert!(rest.steps > before);
    assert_eq!((rest.steps, &rest.after), (whole.steps, &whole.after));
    let weights = |folder: &str| place.bytes(&format!("{folder}/model.safetensors"));
    assert!(weights("whole") == weights("again"));
    let mut faster = saving(&place, "again");
    faster.arguments.learning_rate = 1e-3;
    place.refused(
        || pretrained(&faster),
        &["different settings", "learning_rate", "`checkpoints`"],
    );
    // Another model folder with the same name.
    fs_err::rename(place.path("whole"), place.path("elsewhere")).unwrap();
    fs_err::create_dir(place.path("whole")).unwrap();
    fs_err::rename(place.path("elsewhere"), place.path("whole/tiny-bert")).unwrap();
    let mut other = saving(&place, "again");
    other.base = BaseModel::Folder(place.path("whole/tiny-bert"));
    place.refused(
        || pretrained(&other),
        &["different settings", "model.safetensors"],
    );
}
