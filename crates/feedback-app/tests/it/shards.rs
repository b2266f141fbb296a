//! A file in parts, done by several workers that are killed, is the file that one worker writes.

use std::process::{Child, Stdio};
use std::time::Duration;

use crate::place::Place;
use crate::serve::process::feedback;

const ROWS: usize = 3_000;

/// Texts with a header, quotes, lines within cells, and some rows without a text.
fn table() -> String {
    let row = |n: usize| match n % 97 {
        5 => format!("{n},,x\n"),
        6 => format!("{n},\"it says \"\"error {n}\"\"\nand stops\",ü\n"),
        _ => format!("{n},the export number {n} does nothing,y\n"),
    };
    "id,comment,note\n".to_owned() + &(0..ROWS).map(row).collect::<String>()
}

fn worker(place: &Place, shard: &str, more: &str) -> Child {
    let call = format!(
        "predict --model tiny-bert --input rows.csv --text-field comment --output parts --shard {shard} --part-rows 100 {more}"
    );
    feedback()
        .args(call.split_whitespace())
        .current_dir(place.path(""))
        .stderr(Stdio::piped())
        .stdout(Stdio::null())
        .spawn()
        .unwrap()
}

/// Waits for a worker; returns its exit code and what it said.
fn ended(worker: Child) -> (Option<i32>, String) {
    let done = worker.wait_with_output().unwrap();
    (done.status.code(), String::from_utf8(done.stderr).unwrap())
}

/// The files that say which parts are done, without those of the third shard.
fn done_by_first_two(place: &Place) -> usize {
    (0..30)
        .filter(|part| part % 3 != 2 && place.path(&format!("parts/parts/part-{part:06}.json")).exists())
        .count()
}

/// The number of parts that a worker says it has done.
fn parts(said: &str) -> u64 {
    let line = said
        .lines()
        .find(|line| line.starts_with("shard "))
        .unwrap_or_else(|| panic!("{said}"));
    line.split(": ")
        .nth(1)
        .unwrap()
        .split(' ')
        .next()
        .unwrap()
        .parse()
        .unwrap()
}

#[test]
fn killed_workers_and_their_successors_write_the_file_of_one() {
    let place = Place::with_model();
    place.write("rows.csv", table());
    place
        .program("predict --model tiny-bert --input rows.csv --text-field comment --output whole.csv")
        .run()
        .code(3)
        .says(&["records set aside"]);
    // Three workers, of which two are killed again and again; the third does its parts.
    let third = worker(&place, "3/3", "");
    for _ in 0..4 {
        let workers = ["1/3", "2/3"].map(|shard| worker(&place, shard, ""));
        // Once more of their parts are done, they are at work on the next ones.
        let before = done_by_first_two(&place);
        while done_by_first_two(&place) == before {
            std::thread::sleep(Duration::from_millis(1));
        }
        for mut worker in workers {
            worker.kill().unwrap();
            worker.wait().unwrap();
        }
    }
    let (code, said) = ended(third);
    assert_eq!((code, parts(&said)), (Some(3), 10), "{said}");
    let unfinished = place.program("merge parts --output all.csv").run().code(1);
    let _ = unfinished.says(&["of 30 parts of `parts` are missing"]);
    // Two workers on the same parts at once do each of them once.
    let both = ["1/1", "1/1"].map(|shard| worker(&place, shard, ""));
    let said = both.map(|worker| ended(worker).1);
    assert_eq!(done_by_first_two(&place), 20, "{said:?}");
    assert!(said.iter().map(|said| parts(said)).sum::<u64>() <= 20, "{said:?}");
    let (code, said) = ended(worker(&place, "1/1", ""));
    assert_eq!((code, parts(&said)), (Some(0), 0), "{said}");
    let _ = place
        .program("merge parts --output all.csv")
        .run()
        .code(3)
        .says(&["2969 records from 30 parts in all.csv", "31 records set aside"]);
    assert!(place.bytes("all.csv") == place.bytes("whole.csv"));
    assert!(place.bytes("all.csv.rejected.jsonl") == place.bytes("whole.csv.rejected.jsonl"));
    // A worker with other settings or another input is refused.
    let (code, said) = ended(worker(&place, "1/1", "--with-scores"));
    assert!(
        code == Some(1) && said.contains("belongs to another run: its length of the header is"),
        "{said}"
    );
    place.write("rows.csv", table() + "3000,one more,z\n");
    let (code, said) = ended(worker(&place, "1/1", ""));
    assert!(
        code == Some(1) && said.contains("belongs to another run: its input is"),
        "{said}"
    );
}

#[test]
fn json_lines_are_joined_too() {
    let place = Place::with_model();
    let rows: String = (0..25)
        .map(|n| format!("{{\"text\": \"number {n}\", \"n\": {n}}}\n"))
        .collect();
    place.write("rows.jsonl", rows);
    place.run("predict --model tiny-bert --input rows.jsonl --output whole.jsonl");
    for shard in 1..=7 {
        place.run(&format!(
            "predict --model tiny-bert --input rows.jsonl --output parts --part-rows 4 --shard {shard}/7"
        ));
    }
    place.run("merge parts --output all.jsonl");
    assert!(place.bytes("all.jsonl") == place.bytes("whole.jsonl"));
    let refused = place
        .program("predict --model tiny-bert --input rows.jsonl --output x --shard 1/2 --output-format xlsx")
        .run()
        .code(2);
    let _ = refused.says(&["the parts of a shard are jsonl, csv or tsv"]);
    let _ = place
        .program("predict --model tiny-bert --input rows.jsonl --output x --shard 3/2")
        .run()
        .code(2)
        .says(&["expected a shard such as 2/7"]);
}
