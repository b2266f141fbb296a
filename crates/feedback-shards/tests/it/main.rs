//! Jobs of several workers.

#![expect(
    clippy::unwrap_used,
    reason = "a failed unwrap fails the test, also in a helper"
)]

use std::path::Path;

use feedback_shards::{Claim, Counts, Error, Job, Part, Run, Shard, merge};

fn run() -> Run {
    Run::new(10, "csv")
        .with("input", "abc")
        .with("model", "m1")
        .with_header(5)
}

/// Writes a part: a header, a line for each row, and the row 13 aside.
fn write(part: &Part, rows: std::ops::Range<u64>) -> Counts {
    let (mut lines, mut aside) = ("head\n".to_owned(), String::new());
    for row in rows.clone() {
        match row {
            13 => aside += "{\"line\": 13}\n",
            row => lines += &format!("row {row}\n"),
        }
    }
    fs_err::write(part.output(), lines).unwrap();
    let set_aside = u64::from(!aside.is_empty());
    if set_aside > 0 {
        fs_err::write(part.rejected(), aside).unwrap();
    }
    let n = rows.end - rows.start;
    Counts {
        rows: n,
        written: n - set_aside,
        set_aside,
    }
}

/// Does the parts of a shard, at most `limit`; returns how many it did.
fn work(folder: &Path, shard: &str, rows: u64, limit: usize) -> usize {
    let shard: Shard = shard.parse().unwrap();
    let job = Job::open(folder, &run()).unwrap();
    let mut done = 0;
    for part in (0..rows.div_ceil(10)).filter(|part| shard.has(*part)) {
        if done == limit {
            return done;
        }
        if let Claim::Yours(claimed) = job.claim(part).unwrap() {
            let counts = write(&claimed, part * 10..rows.min(part * 10 + 10));
            claimed.renew().unwrap();
            claimed.commit(counts).unwrap();
            done += 1;
        }
    }
    job.finish(rows).unwrap();
    done
}

#[test]
fn what_was_interrupted_goes_on_and_the_parts_are_joined() {
    let place = tempfile::tempdir().unwrap();
    let (folder, file) = (place.path().join("job"), place.path().join("all.csv"));
    assert!(matches!(merge(&folder, &file), Err(Error::NotAJob { .. })));
    assert_eq!(work(&folder, "1/2", 57, 2), 2);
    assert!(matches!(merge(&folder, &file), Err(Error::NotFinished { .. })));
    assert_eq!(work(&folder, "1/2", 57, 9), 1, "only what is missing");
    let error = merge(&folder, &file).unwrap_err();
    assert!(
        matches!(
            error,
            Error::Missing {
                n: 3,
                of: 6,
                first: 1,
                ..
            }
        ),
        "{error}"
    );
    // Without regard to shards: all that is left.
    assert_eq!(work(&folder, "1/1", 57, 9), 3);
    assert_eq!(work(&folder, "2/2", 57, 9), 0);
    let merged = merge(&folder, &file).unwrap();
    assert_eq!(
        (merged.parts, merged.counts),
        (
            6,
            Counts {
                rows: 57,
                written: 56,
                set_aside: 1
            }
        )
    );
    let expected: String = (0..57)
        .filter(|row| *row != 13)
        .map(|row| format!("row {row}\n"))
        .collect();
    assert_eq!(
        fs_err::read_to_string(&file).unwrap(),
        format!("head\n{expected}")
    );
    assert_eq!(
        fs_err::read_to_string(merged.rejected.unwrap()).unwrap(),
        "{\"line\": 13}\n"
    );
}

#[test]
fn a_part_is_done_by_one_worker_at_a_time() {
    let place = tempfile::tempdir().unwrap();
    let [first, second] = [(); 2].map(|()| Job::open(&place.path().join("job"), &run()).unwrap());
    let Claim::Yours(part) = first.claim(0).unwrap() else {
        panic!()
    };
    assert!(matches!(second.claim(0).unwrap(), Claim::Taken { .. }));
    drop(part); // its process was killed
    let Claim::Yours(part) = second.claim(0).unwrap() else {
        panic!()
    };
    let counts = write(&part, 0..10);
    part.commit(counts).unwrap();
    assert!(matches!(first.claim(0).unwrap(), Claim::Done));
    first.finish(10).unwrap();
    assert!(matches!(
        second.finish(11),
        Err(Error::OtherRows {
            found: 10,
            expected: 11
        })
    ));
}

#[test]
fn other_jobs_and_changed_parts_are_refused() {
    let place = tempfile::tempdir().unwrap();
    let folder = place.path().join("job");
    work(&folder, "1/1", 25, 9);
    let error = Job::open(&folder, &run().with("model", "m2")).unwrap_err();
    assert_eq!(
        error.to_string(),
        format!(
            "`{}` belongs to another run: its model is `m1`, but that of this run is `m2`",
            folder.display()
        )
    );
    assert!(matches!(
        Job::open(&folder, &Run::new(20, "csv")),
        Err(Error::OtherRun { .. })
    ));
    let part = folder.join("parts/part-000001.csv");
    let content = fs_err::read_to_string(&part).unwrap();
    fs_err::write(&part, content.replace("row 11", "row 12")).unwrap();
    let file = place.path().join("all.csv");
    assert!(matches!(merge(&folder, &file), Err(Error::Changed { .. })));
    assert!(!file.exists());
    let other = place.path().join("other");
    fs_err::create_dir_all(&other).unwrap();
    fs_err::write(other.join("thesis.txt"), "years of work").unwrap();
    assert!(matches!(Job::open(&other, &run()), Err(Error::NotAJob { .. })));
}
