//! The same command gives the same bytes on any number of threads.

use crate::place::{Place, feedback, lines};

#[test]
fn predictions_have_the_same_bytes_on_all_instruction_sets() {
    let place = Place::new();
    place.write("feedback.jsonl", lines(&feedback(2)));
    let [usual, avx2, scalar] = ["", "avx2", "scalar"].map(|level| {
        let call = format!("predict --model builtin --input feedback.jsonl --output out{level}.jsonl");
        let program = place.program(&call);
        let program = if level.is_empty() {
            program
        } else {
            program.env("FEEDBACK_SIMD", level)
        };
        let _ = program.run().code(0);
        place.bytes(&format!("out{level}.jsonl"))
    });
    assert!(usual.len() > 1_000 && usual == avx2 && usual == scalar);
}

#[test]
fn fine_tuning_gives_the_same_model_on_any_number_of_threads() {
    let place = Place::with_model();
    place.write("feedback.jsonl", lines(&feedback(12)));
    let call = "train --data feedback.jsonl --max-length 24 --model tiny-bert --epochs 1 --gradient-accumulation-steps 2";
    place.run(&format!("{call} --output all --run-dir all-run"));
    place
        .program(&format!("{call} --output one --run-dir one-run"))
        .env("RAYON_NUM_THREADS", "1")
        .run()
        .code(0)
        .says(&["epoch"]);
    let weights = |folder: &str| place.bytes(&format!("{folder}/model.safetensors"));
    assert!(
        weights("all") == weights("one"),
        "one thread must give the same model"
    );
}
