//! Labels that do not match, and texts that occur in two files: notes, and flags in hints. `feedback-pipeline` and `feedback-compare` test
//! what is refused.

use crate::place::{Place, QUICK, feedback, labelled, lines};

#[test]
fn hints_about_labels_name_flags() {
    let place = Place::with_model_and_data();
    let data = place.read("train.jsonl");
    place.write("single.jsonl", data + &labelled(&[("one of these", "lonely")]));
    let only: String = (0..20)
        .map(|index| labelled(&[(&format!("text {index}"), "bug")]))
        .collect();
    place.write("only.jsonl", only);
    let train = format!("train --model tiny-bert {QUICK}");
    let single = [
        "`lonely` has a single example",
        "leave them out with `--min-label-count`",
    ];
    let unknown = ["is unknown, expected one of `praise`, `other`", "--labels"];
    let one = ["`only.jsonl` has only one label, `bug`", "--label-field"];
    for (call, parts) in [
        ("split --input single.jsonl --output-dir parts", single),
        (&format!("{train} --data single.jsonl"), single),
        (
            "split --input train.jsonl --output-dir parts --labels praise,other",
            unknown,
        ),
        (
            &format!("{train} --train train.jsonl --labels praise,other"),
            unknown,
        ),
        (&format!("{train} --data only.jsonl"), one),
        (
            "compare --model tiny-bert --train only.jsonl --test test.jsonl",
            one,
        ),
    ] {
        place.refuses(call, 1, &parts);
    }
}

#[test]
fn leaks_are_refused_dropped_or_reported() {
    let place = Place::with_model_and_data();
    place.write(
        "leaky.jsonl",
        place.read("test.jsonl") + &lines(&feedback(1)[1..3]),
    );
    let train = format!(
        "train --model tiny-bert {QUICK} --train train.jsonl --validation validation.jsonl --test leaky.jsonl"
    );
    let compare = "compare --model tiny-bert --train train.jsonl --test leaky.jsonl";
    for call in [&train, compare] {
        place.refuses(
            call,
            1,
            &[
                "2 of 18 texts in `leaky.jsonl` also occur in the training data `train.jsonl`",
                "--drop-leaked",
                "--allow-leakage",
            ],
        );
    }
    place
        .run(&format!("{train} --drop-leaked"))
        .says(&["78 train", "2 rows of training and validation dropped"]);
    fs_err::remove_dir_all(place.path("run")).unwrap();
    place.run(&format!("{train} --allow-leakage")).says(&[
        "80 train",
        "2 held-out texts are also in training or validation",
        "too good",
    ]);
    let found = place.run(&format!("{compare} --allow-leakage"));
    assert!(
        found
            .stdout
            .contains("2 test texts also occur in the training file; scores are too high"),
        "{found}"
    );
}
