//! Tests the recipe of the built-in encoder on the real data.

use std::collections::HashSet;

use feedback_dataset::duplicates::NearOptions;
use feedback_dataset::leaks::near_leaks;
use feedback_dataset::text::fingerprint;
use feedback_testkit::{shared, workspace};

use super::labelled::LabelledTexts;
use super::recipe::EncoderRecipe;
use super::texts::{read_texts, write_texts};

#[test]
fn no_stage_learns_from_a_text_that_is_held_out() {
    if shared("data/feedback_text/permissive.txt").is_none() {
        return;
    }
    if std::env::var_os("FEEDBACK_SHARED_DIR").is_none() {
        eprintln!("skipped: the recipe names its data by FEEDBACK_SHARED_DIR, which is not set");
        return;
    }
    let recipe = EncoderRecipe::read(&workspace().join("recipes/encoder.toml")).unwrap();
    let held_out: Vec<String> = recipe
        .held_out
        .iter()
        .flat_map(|file| read_texts(file).unwrap())
        .collect();
    assert!(held_out.len() > 15_000, "{}", held_out.len());
    let never: HashSet<_> = held_out.iter().map(|text| fingerprint(text)).collect();

    let folder = tempfile::tempdir().unwrap();
    let to = folder.path().join("texts");
    write_texts(&recipe, &to, &mut |_| {}).unwrap();
    let unlabelled = read_texts(&to.join("texts.jsonl")).unwrap();
    let tasks = LabelledTexts::read(&recipe).unwrap();
    let sets = [
        ("unlabelled", &unlabelled),
        ("tasks", &tasks.train.texts),
        ("validation", &tasks.validation.texts),
    ];
    for (name, texts) in sets {
        assert!(texts.len() > 1_000, "{name}: {}", texts.len());
        let equal = texts
            .iter()
            .filter(|text| never.contains(&fingerprint(text)))
            .count();
        assert_eq!(equal, 0, "{name}: equal to a held-out text");
        let near = near_leaks(&held_out, texts, &NearOptions::default()).len();
        assert_eq!(near, 0, "{name}: nearly equal to a held-out text");
    }
    // What was left out is counted.
    assert!(tasks.left_out.iter().any(|(_, n)| *n > 0), "{:?}", tasks.left_out);
}
