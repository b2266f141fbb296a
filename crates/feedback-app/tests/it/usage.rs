//! Wrong usage (exit code 2), and the order of settings: flags override the environment, which overrides `--config`.

use feedback_testkit::assert_close;

use crate::place::{Place, QUICK};

#[test]
fn impossible_arguments_are_wrong_usage() {
    let place = Place::with_model_and_data();
    let train = "train --data train.jsonl --output model --run-dir run";
    let cases: [(&str, &[&str]); 24] = [
        ("--bogus", &["--bogus"]),
        ("--seed many", &["--seed", "many"]),
        ("--seed -1", &["-1"]),
        ("--learning-rate quick", &["--learning-rate", "quick"]),
        ("--learning-rate 0", &["`learning_rate` is `0`", "above 0"]),
        ("--learning-rate nan", &["`learning_rate`", "above 0"]),
        ("--epochs 0", &["`num_train_epochs` is `0`", "from 1 to"]),
        ("--epochs 1.5", &["--num-train-epochs", "1.5"]),
        ("--batch-size 0", &["`per_device_train_batch_size` is `0`"]),
        ("--max-steps 0", &["`max_steps` is `0`"]),
        ("--warmup-ratio 2", &["`warmup_ratio` is `2`", "from 0 to 1"]),
        (
            "--early-stopping-patience 0",
            &["`early_stopping_patience` is `0`"],
        ),
        ("--max-length 0", &["`max_length` is `0`", "at least 3"]),
        ("--max-length 513", &["`max_length` is `513`", "512 positions"]),
        (
            "--max-length 65 --model tiny-bert",
            &["`max_length` is `65`", "64 positions"],
        ),
        ("--model scratch:huge", &["`huge`", "`tiny`, `mini` or `small`"]),
        ("--pooling max", &["`max`", "`cls` or `mean`"]),
        ("--lr-scheduler-type bumpy", &["bumpy", "linear"]),
        (
            "--device tpu",
            &["device `tpu` is not known", "this build has: cpu"],
        ),
        ("--device cpu:1", &["device `cpu:1`", "this build has: cpu"]),
        ("--labels bug,bug", &["--labels", "`bug` twice"]),
        ("--train train.jsonl", &["--data", "--train"]),
        (
            "--drop-leaked --allow-leakage",
            &["--drop-leaked", "--allow-leakage"],
        ),
        ("--on-bad-row ignore", &["ignore", "set-aside"]),
    ];
    for (arguments, parts) in cases {
        place.refuses(&format!("{train} {arguments}"), 2, parts);
    }
    place.refuses("train --validation validation.jsonl", 2, &["--train <FILE>"]);
}

#[test]
fn the_other_commands_report_wrong_usage_too() {
    let place = Place::with_model_and_data();
    let cases: [(&str, &[&str]); 16] = [
        ("split", &["--input <FILE>", "--output-dir <DIR>"]),
        (
            "split --input train.jsonl --output-dir parts --test-size -1",
            &["-1"],
        ),
        (
            "split --input train.jsonl --output-dir parts --test-size 1.5",
            &["--test-size", "`1.5` is not a size"],
        ),
        (
            "split --input train.jsonl --output-dir parts --labels bug,,praise",
            &["--labels", "empty"],
        ),
        (
            "split --input train.jsonl --output-dir parts --encoding klingon",
            &["unknown encoding `klingon`", "utf-16le"],
        ),
        ("evaluate", &["--data <FILE>"]),
        (
            "evaluate --model tiny-bert --data test.jsonl --device quantum",
            &["device `quantum`", "this build has: cpu"],
        ),
        (
            "evaluate --model tiny-bert --data test.jsonl --format yaml",
            &["yaml", "text, json"],
        ),
        (
            "compare --train train.jsonl --test test.jsonl",
            &["--model <DIR>"],
        ),
        (
            "compare --train train.jsonl --model tiny-bert",
            &["--test <FILE>"],
        ),
        (
            "predict --model tiny-bert",
            &["there is nothing to classify", "--input"],
        ),
        ("predict --model tiny-bert hello --input test.jsonl", &["--input"]),
        (
            "predict --model tiny-bert hello --output out.jsonl",
            &["--output", "--input"],
        ),
        (
            "predict --model tiny-bert --input test.jsonl --output test.jsonl",
            &["--output would overwrite the input file", "another name"],
        ),
        (
            "predict --model tiny-bert --input test.jsonl --output out.pdf",
            &["jsonl, json, csv, tsv, xlsx or parquet", "--output-format"],
        ),
        (
            "predict --model tiny-bert --input test.jsonl --device cuda:x",
            &["device `cuda:x`", "this build has: cpu"],
        ),
    ];
    for (call, parts) in cases {
        place.refuses(call, 2, parts);
    }
}

#[test]
fn help_goes_to_standard_output_with_examples() {
    let place = Place::new();
    for name in ["split", "train", "evaluate", "compare", "predict"] {
        let help = place.run(&format!("{name} --help"));
        assert_eq!(help.stderr, "");
        let examples = help
            .stdout
            .split("Examples:")
            .nth(1)
            .unwrap_or_else(|| panic!("no examples: {help}"));
        assert!(examples.contains(&format!("  {name}")), "{help}");
        assert!(place.run(&format!("{name} --version")).stdout.starts_with(name));
    }
}

#[test]
fn flags_override_the_environment_which_overrides_the_file() {
    let place = Place::with_model_and_data();
    place.write(
        "settings.toml",
        "model = \"tiny-bert\"\ntrain = \"train.jsonl\"\nvalidation = \"validation.jsonl\"\ntest = \"test.jsonl\"\n\
         max_length = 16\nseed = 1\nlearning_rate = 1e-3\nper_device_train_batch_size = 5\nepochs = 7\n",
    );
    let program =
        place.program("train --config settings.toml --seed 3 --epochs 1 --output model --run-dir run");
    let program = program
        .env("FEEDBACK_SEED", "2")
        .env("FEEDBACK_LEARNING_RATE", "0.002");
    program
        .env("FEEDBACK_NUM_TRAIN_EPOCHS", "9")
        .run()
        .code(0)
        .says(&["80 train, 16 validation, 16 test"]);
    let saved = place.json("run/arguments.json");
    let arguments = &saved["arguments"];
    assert_eq!(
        (&arguments["seed"], &arguments["num_train_epochs"]),
        (&3.into(), &1.into()),
        "flags"
    );
    assert_close(
        arguments["learning_rate"].as_f64().unwrap(),
        0.002,
        1e-12,
        "environment",
    );
    assert_eq!(arguments["per_device_train_batch_size"], 5, "file");
    assert_eq!(saved["max_length"], 16, "file");
    let model = saved["model"]["folder"].as_str().unwrap();
    assert!(
        model.starts_with('/') && model.ends_with("/tiny-bert"),
        "file, made absolute: {model}"
    );
}

#[test]
fn the_settings_file_can_be_given_by_the_environment() {
    let place = Place::with_model_and_data();
    place.write(
        "settings.toml",
        "model = \"tiny-bert\"\ndata = \"test.jsonl\"\nformat = \"json\"\n",
    );
    let found = place
        .program("evaluate")
        .env("FEEDBACK_CONFIG", "settings.toml")
        .run()
        .code(0)
        .json();
    assert_eq!(found["n"], 16);
}

#[test]
fn a_bad_settings_file_is_wrong_usage() {
    let place = Place::with_model_and_data();
    let cases: [(&str, &[&str]); 6] = [
        (
            "epoch = 3",
            &["settings.toml", "unknown setting `epoch`", "num-train-epochs"],
        ),
        ("epochs = ", &["settings.toml", "not valid TOML", "line 1"]),
        (
            "seed = { a = 1 }",
            &["settings.toml", "`seed`", "expected a string"],
        ),
        (
            "seed = \"many\"",
            &["many", "--seed", "comes from `seed` in `settings.toml`"],
        ),
        ("seed = [1, 2]", &["settings.toml", "`seed`", "found a list"]),
        ("epochs = 0", &["`num_train_epochs` is `0`"]),
    ];
    for (text, parts) in cases {
        place.write("settings.toml", text);
        place.refuses(
            "train --data train.jsonl --config settings.toml --output model --run-dir run",
            2,
            parts,
        );
    }
    place.refuses("train --config nowhere.toml", 2, &["nowhere.toml", "--config"]);
    let failed = place
        .program(&format!("train --data train.jsonl {QUICK}"))
        .env("FEEDBACK_SEED", "many");
    place.program_refuses(
        failed,
        2,
        &[
            "many",
            "--seed",
            "comes from the environment variable FEEDBACK_SEED",
        ],
    );
    let misspelt = place
        .program("train --data nowhere.jsonl")
        .env("FEEDBACK_EPOCHS", "3");
    place.program_refuses(
        misspelt,
        1,
        &["FEEDBACK_EPOCHS is ignored", "FEEDBACK_NUM_TRAIN_EPOCHS"],
    );
}

#[test]
fn a_device_that_is_not_compiled_in_is_wrong_usage() {
    if cfg!(feature = "cuda") {
        return;
    }
    let place = Place::with_model_and_data();
    let parts = ["device `cuda` is not part of this build", "this build has: cpu"];
    place.refuses("predict --model tiny-bert hello --device cuda", 2, &parts);
    place.refuses(
        &format!("train --data train.jsonl {QUICK} --device cuda"),
        2,
        &parts,
    );
}

/// A reader that closes early, such as `head`, is not a failure; a full disk is, with a clear message.
#[cfg(unix)]
#[test]
fn unwritable_output_is_not_a_panic() {
    use std::process::Stdio;

    let place = Place::with_model_and_data();
    for call in [
        "split --input train.jsonl --output-dir parts",
        "evaluate --model tiny-bert --data test.jsonl",
        "predict --model tiny-bert hello",
        "predict --model tiny-bert --input test.jsonl",
    ] {
        let mut program = place.program(call);
        let mut child = program
            .command()
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        drop(child.stdout.take()); // before a model is loaded, so before anything is written
        let output = child.wait_with_output().unwrap();
        let stderr = String::from_utf8_lossy(&output.stderr);
        assert!(
            output.status.code() == Some(0) && !stderr.contains("panicked"),
            "{call}: {:?} {stderr}",
            output.status
        );
    }
    let Ok(full) = fs_err::OpenOptions::new().write(true).open("/dev/full") else {
        return; // only some systems have it
    };
    let mut program = place.program("evaluate --model tiny-bert --data test.jsonl");
    let output = program
        .command()
        .stdin(Stdio::null())
        .stdout(full.into_parts().0)
        .stderr(Stdio::piped())
        .output()
        .unwrap();
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(
        output.status.code() == Some(1) && stderr.contains("hint: free some space"),
        "{:?} {stderr}",
        output.status
    );
}

#[test]
fn flags_override_conflicting_variables() {
    let place = Place::new();
    // `--input` conflicts with a text argument, and `--data` with `--train`. An environment variable that conflicts with a command
    // line argument is ignored, so the error names the value from the command line.
    let texts = place
        .program("predict --model nowhere text")
        .env("FEEDBACK_INPUT", "missing.jsonl");
    texts.run().fails(1, &["`nowhere`"]);
    let files = place
        .program("train --train nowhere.jsonl")
        .env("FEEDBACK_DATA", "missing.jsonl");
    files.run().fails(1, &["`nowhere.jsonl`"]);
}
