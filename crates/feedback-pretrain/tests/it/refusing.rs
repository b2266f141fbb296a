//! Texts and settings that cannot be used.

use feedback_bert::config::ScratchPreset;
use feedback_pipeline::train::BaseModel;
use feedback_pretrain::{DistillationTarget, MaskedLmScope, PretrainObjective};

use crate::texts::{distilling, options, place_with_texts, pretrained};

#[test]
fn unusable_texts_and_settings_are_refused() {
    let place = place_with_texts();
    place.write("few.txt", "one text\nanother text");
    let mut few = options(&place, "adapted");
    few.input = place.path("few.txt");
    place.refused(|| pretrained(&few), &["2 different texts", "`validation_rows`"]);
    let mut often = options(&place, "adapted");
    often.objective = PretrainObjective::MaskedLm {
        probability: 1.5,
        scope: MaskedLmScope::All,
    };
    place.refused_setting(|| pretrained(&often), &["mlm_probability", "1.5"]);
    let mut smooth = options(&place, "adapted");
    smooth.arguments.label_smoothing_factor = 0.1;
    place.refused_setting(
        || pretrained(&smooth),
        &[
            "`label_smoothing_factor` has no effect in pretraining",
            "leave it out",
        ],
    );
    let base = BaseModel::Scratch(ScratchPreset::Tiny);
    let wide = distilling(&place, base, DistillationTarget::HiddenStates, "adapted");
    place.refused(|| pretrained(&wide), &["hidden size 128, the teacher 32"]);
}
