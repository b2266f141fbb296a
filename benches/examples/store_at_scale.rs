//! Fills the state folder of a server with stored texts and their vectors, to measure its pages:
//! `cargo run --release -p feedback-benches --features compare --example store_at_scale -- FOLDER [ROWS]`
//!
//! The texts are those of the fixtures with a number appended, over two years, with ten fields of few values and a sentiment. One in 100 has a
//! correction. The vectors are random around forty points, so that there are themes. `scripts/bench-store.sh` serves the folder and
//! measures it.

#![expect(clippy::print_stdout, reason = "the program prints its result")]

use std::path::Path;
use std::time::Instant;

use anyhow::Context;
use feedback_bert::DeviceChoice;
use feedback_files::{sha256, sha256_hex};
use feedback_inference::Classifier;
use feedback_store::{
    CorrectionStore, Fields, ModelAnswer, NewCorrection, NewPrediction, PredictionStore, Score, SqliteStore,
};
use feedback_vectors::{Entry, VectorFile};

const LABELS: [&str; 8] = [
    "bug",
    "complaint",
    "documentation",
    "feature_request",
    "other",
    "performance",
    "praise",
    "question",
];
const AT_ONCE: u64 = 5_000;
/// 2025-01-01, in milliseconds since 1970.
const START: i64 = 1_735_689_600_000;
const TWO_YEARS: u64 = 2 * 365 * 86_400_000;
/// What tells the server that the vectors are those of the built-in encoder: a hash of the vectors of these texts.
const PROBES: [&str; 3] = [
    "The app crashes whenever I open the export.",
    "thank you",
    "Where can I change my address? I moved in May and my letters still go to the old one.",
];

fn main() -> anyhow::Result<()> {
    let mut arguments = std::env::args().skip(1);
    let folder = arguments.next().context("give a folder as the first argument")?;
    let rows: u64 = arguments.next().map_or(Ok(1_000_000), |rows| rows.parse())?;
    let folder = Path::new(&folder);
    fs_err::create_dir_all(folder)?;
    let texts = texts()?;
    let store = SqliteStore::open(&folder.join("feedback.sqlite"))?;
    let (device, _) = DeviceChoice::Cpu.open()?;
    let encoder = Classifier::load(feedback_builtin::folder()?, &device)?;
    let probes = encoder.vectors(&PROBES)?;
    let width = probes.len() / PROBES.len();
    let bytes: Vec<u8> = probes.iter().flat_map(|value| value.to_le_bytes()).collect();
    let mut vectors = VectorFile::create(&folder.join("vectors.f16"), &sha256_hex(bytes), width)?;
    let start = Instant::now();
    let mut first = 0;
    while first < rows {
        let numbers = first..rows.min(first + AT_ONCE);
        let new: Vec<NewPrediction> = numbers
            .map(|number| prediction(&texts, number))
            .collect::<anyhow::Result<_>>()?;
        let said: Vec<String> = new.iter().map(|one| one.text.clone()).collect();
        let ids = store.add_predictions(new)?;
        for id in ids.iter().filter(|id| *id % 100 == 0) {
            let correction = NewCorrection {
                prediction_id: *id,
                labels: vec![LABELS[random(*id as u64, 9) as usize % 8].to_owned()],
                actor: "Ann".to_owned(),
                settles: false,
                idempotency_key: None,
            };
            store.correct(correction)?;
        }
        let drawn: Vec<Vec<f32>> = ids.iter().map(|id| vector(*id as u64, width)).collect();
        let entries: Vec<Entry<'_>> = ids
            .iter()
            .zip(&said)
            .zip(&drawn)
            .map(|((id, text), vector)| {
                let hash = sha256(text);
                Entry {
                    id: id.cast_unsigned(),
                    key: std::array::from_fn(|place| hash[place]),
                    vector,
                }
            })
            .collect();
        vectors.append(&entries)?;
        first += AT_ONCE;
    }
    println!("{rows} texts in {:.0} s", start.elapsed().as_secs_f64());
    Ok(())
}

/// The texts of the fixtures.
fn texts() -> anyhow::Result<Vec<String>> {
    let read = |name: &str| -> anyhow::Result<Vec<String>> {
        let content = fs_err::read_to_string(feedback_testkit::fixture(name))?;
        let text = |line: &str| -> anyhow::Result<String> {
            let row: serde_json::Value = serde_json::from_str(line)?;
            Ok(row["text"].as_str().context("a row has no text")?.to_owned())
        };
        content.lines().map(text).collect()
    };
    let mut all = read("feedback.jsonl")?;
    all.extend(read("feedback_train2.jsonl")?);
    Ok(all)
}

fn prediction(texts: &[String], number: u64) -> anyhow::Result<NewPrediction> {
    let draw = |salt: u64, n: u64| random(number, salt) % n;
    let label = |place: u64| LABELS[place as usize % 8].to_owned();
    let first = (draw(1, 8) * draw(2, 8)) / 8; // some labels are more frequent
    let confidence = 0.3 + 0.7 * draw(3, 1_000) as f64 / 1_000.0;
    let fields = format!(
        "{{\"plan\":\"{}\",\"country\":\"{}\",\"version\":\"4.{}\",\"stars\":{},\"order\":\"A{number}\",\"device\":\"d{}\",\"team\":\"t{}\",\
         \"channel\":\"c{}\",\"segment\":\"s{}\",\"contract\":\"k{}\",\"size\":\"z{}\"}}",
        ["free", "plus", "pro"][draw(4, 3) as usize],
        ["BR", "DE", "ES", "FR", "GB", "IN", "JP", "NL", "PL", "US"][draw(5, 10) as usize],
        draw(6, 9),
        1 + draw(7, 5),
        draw(21, 4),
        draw(22, 6),
        draw(23, 3),
        draw(24, 8),
        draw(25, 2),
        draw(26, 5)
    );
    let mood = ["negative", "neutral", "positive"][draw(27, 3) as usize];
    Ok(NewPrediction {
        at: START + draw(8, TWO_YEARS) as i64,
        undated: draw(9, 50) == 0,
        text: format!("{} (no. {number})", texts[draw(10, texts.len() as u64) as usize]),
        source: ["app-store", "mail", "survey"][draw(11, 3) as usize].to_owned(),
        labels: vec![label(first)],
        confidence,
        margin: 2.0 * confidence - 1.0,
        abstained: Some(confidence < 0.4),
        truncated: false,
        unfamiliarity: Some(draw(12, 10_000) as f64 / 10_000.0),
        scores: (0..8)
            .map(|place| Score {
                label: label(first + place),
                score: if place == 0 {
                    confidence
                } else {
                    (1.0 - confidence) / 7.0
                },
            })
            .collect(),
        answers: vec![ModelAnswer {
            question: "sentiment".to_owned(),
            label: mood.to_owned(),
            score: 0.5 + 0.5 * draw(28, 1_000) as f64 / 1_000.0,
        }],
        model: "builtin".to_owned(),
        batch: None,
        fields: serde_json::from_str::<Fields>(&fields)?,
    })
}

/// A number from SplitMix64.
fn random(number: u64, salt: u64) -> u64 {
    let mut bits = number
        .wrapping_mul(0x9e37_79b9_7f4a_7c15)
        .wrapping_add(salt.wrapping_mul(0xd1b5_4a32_d192_ed03));
    bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    bits ^ (bits >> 31)
}

/// A vector near one of forty points. The larger the number of a point, the fewer vectors are near it.
fn vector(id: u64, width: usize) -> Vec<f32> {
    let drawn = |number: u64, place: u64| (random(number, place) % 2_001) as f32 / 1_000.0 - 1.0;
    let topic = (random(id, 900) % 40).min(random(id, 901) % 40);
    (0..width as u64)
        .map(|place| drawn(1_000_000_000 + topic, place) + 0.7 * drawn(id, place))
        .collect()
}
