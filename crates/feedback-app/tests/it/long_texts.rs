//! Texts that are longer than a model reads at once, as programs: notes, columns and flags. `feedback-pipeline` tests how models read
//! them.

use crate::place::{Place, lines};
use feedback_testkit::recipes::{long_rows, long_text};

const WINDOWS: &str = "--max-length 16 --long-texts windows";

fn place() -> Place {
    let place = Place::with_model();
    place.write("data.jsonl", lines(&long_rows()));
    place
}

#[test]
fn a_model_reads_long_texts_as_in_its_training() {
    let place = place();
    place
        .run(&format!(
            "train --data data.jsonl --model tiny-bert --epochs 1 --seed 3 --output model --run-dir run {WINDOWS}"
        ))
        .says(&["are read in"]);
    let evaluate = "evaluate --model model --data run/data/test.jsonl --format json";
    assert_eq!(place.run(evaluate).json(), place.json("run/report.json")["test"]);
    let cut = place.run(&format!("{evaluate} --long-texts truncate")).json();
    assert_ne!(cut, place.json("run/report.json")["test"]);

    place.write("in.csv", format!("text,id\n{},1\nshort,2\n", long_text()));
    let predict = "predict --model model --input in.csv --output";
    place
        .run(&format!("{predict} out.jsonl"))
        .says(&["1 longer texts were read in windows"]);
    let found = place.json_lines("out.jsonl");
    let windows = &found[0]["text_windows"];
    let (start, end) = (
        windows["start"].as_u64().unwrap() as usize,
        windows["end"].as_u64().unwrap() as usize,
    );
    assert!(
        start < end && end <= long_text().len() && windows["count"].as_u64().unwrap() > 2,
        "{windows}"
    );
    assert_eq!(
        (&found[0]["truncated"], found[1].get("text_windows")),
        (&false.into(), None)
    );
    place.run(&format!("{predict} out.csv"));
    let table = place.read("out.csv");
    let columns = ",truncated,text_windows,deciding_window,deciding_start,deciding_end\n";
    assert!(
        table.lines().next().unwrap().ends_with(columns.trim_end()),
        "{table}"
    );
    assert!(table.trim_end().ends_with(",false,1,,,"), "{table}");

    place.run(&format!("{predict} cut.jsonl --long-texts truncate"));
    let cut = place.json_lines("cut.jsonl");
    assert_eq!(
        (&cut[0]["truncated"], cut[0].get("text_windows")),
        (&true.into(), None)
    );
    assert_eq!(cut[1], found[1], "a short text is not affected");
    // Fields of an earlier prediction are replaced.
    place.run("predict --model model --input out.csv --output again.csv --long-texts truncate");
    let again = place.read("again.csv");
    assert!(
        !again.contains("text_windows") && !again.contains("deciding"),
        "{again}"
    );
}

#[test]
fn a_model_that_cut_texts_reads_windows_on_request() {
    let place = Place::with_model();
    let predict = |flags: &str| {
        let program = place.program("predict --model tiny-bert --format json");
        let program = program.arg(long_text().repeat(3)).line(flags);
        program.run().code(0).json()[0].clone()
    };
    let (cut, windows) = (predict(""), predict("--long-texts windows"));
    assert_eq!(
        (&cut["truncated"], &windows["truncated"]),
        (&true.into(), &false.into())
    );
    let more = predict("--long-texts windows --window-overlap 32");
    assert!(more["text_windows"]["count"].as_u64() > windows["text_windows"]["count"].as_u64());
    let explained = predict("--long-texts windows --explain");
    assert_eq!(explained["explanation"]["text_windows"], windows["text_windows"]);
}

#[test]
fn what_does_not_fit_windows_is_refused() {
    let place = place();
    let train = "train --data data.jsonl --output model --run-dir run --model tiny-bert --max-length 16";
    for (flags, code, parts) in [
        ("--long-texts window", 2, ["window", "truncate"]),
        ("--window-overlap 4", 1, ["`window_overlap`", "`long_texts`"]),
        (
            "--long-texts windows --task multi-label",
            2,
            ["`long_texts` or `window_overlap`", "one label"],
        ),
    ] {
        place.refuses(&format!("{train} {flags}"), code, &parts);
    }
}
