//! Planted near-duplicates are found, and a split that uses their groups keeps them together.

use std::collections::HashSet;

use feedback_dataset::duplicates::{NearOptions, group_near_duplicates};
use feedback_dataset::leaks::near_leaks;
use feedback_dataset::read::{OnBadRow, ReadOptions, read};
use feedback_dataset::split::{SplitOptions, split};
use proptest::prelude::*;

use crate::shared;

/// A small deterministic random number generator, so that the edits are reproducible.
struct Lots(u64);

impl Lots {
    fn below(&mut self, bound: usize) -> usize {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % bound
    }
}

/// Edits a text of ten words or more. For every ten words, makes one change: drops a word, doubles a word, swaps two words or
/// adds a letter.
fn edit(text: &str, lots: &mut Lots) -> String {
    let mut words: Vec<String> = text.split_whitespace().map(str::to_owned).collect();
    for _ in 0..words.len() / 10 {
        let at = lots.below(words.len() - 1);
        match lots.below(4) {
            0 => drop(words.remove(at)),
            1 => words.insert(at, words[at].clone()),
            2 => words.swap(at, at + 1),
            _ => words[at].insert(0, 'x'),
        }
    }
    words.join(" ")
}

#[test]
fn planted_near_duplicates_are_found_in_tickets() {
    let Some(path) = shared("data/it_tickets/train.jsonl") else {
        println!("skipped: the data set it_tickets is missing");
        return;
    };
    let dataset = read(path, &ReadOptions::default(), OnBadRow::Fail).unwrap();
    let texts = dataset.texts();
    let mut lots = Lots(1);
    let long: Vec<usize> = (0..texts.len())
        .filter(|&row| texts[row].split_whitespace().count() >= 10)
        .collect();
    let originals: Vec<usize> = (0..500).map(|_| long[lots.below(long.len())]).collect();
    let planted: Vec<String> = originals.iter().map(|&row| edit(texts[row], &mut lots)).collect();
    let all: Vec<&str> = texts
        .iter()
        .copied()
        .chain(planted.iter().map(String::as_str))
        .collect();

    let groups = group_near_duplicates(&all, &NearOptions::default());
    let found = originals
        .iter()
        .enumerate()
        .filter(|&(index, &row)| groups[texts.len() + index] == groups[row])
        .count();
    let distinct = groups.iter().collect::<HashSet<_>>().len();
    let pairs = near_leaks(&texts, &planted, &NearOptions::default());
    let right = pairs
        .iter()
        .filter(|leak| {
            leak.train == originals[leak.held_out] || texts[leak.train] == texts[originals[leak.held_out]]
        })
        .count();
    println!(
        "recall {:.3} ({found} of 500), precision {:.3} ({right} of {} matches are the original), {distinct} groups of {} texts",
        found as f64 / 500.0,
        right as f64 / pairs.len() as f64,
        pairs.len(),
        all.len(),
    );
    assert!(found >= 475, "{found} of 500");
    assert!(right * 100 >= pairs.len() * 95, "{right} of {}", pairs.len());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]

    /// Edited copies of a text are in the same part as the text.
    #[test]
    fn no_near_duplicate_group_is_divided_by_a_split(seed in any::<u64>(), copies in 1_usize..4) {
        let mut lots = Lots(seed);
        let mut texts: Vec<String> = Vec::new();
        let mut labels = Vec::new();
        for index in 0..40 {
            let words: Vec<String> = (0..25).map(|_| format!("w{}", lots.below(5000))).collect();
            let text = words.join(" ");
            texts.extend((0..copies).map(|_| edit(&text, &mut lots)));
            texts.push(text);
            labels.extend(vec![index % 2; copies + 1]);
        }
        let mut options = NearOptions::default();
        options.threshold = 0.6;
        let groups = group_near_duplicates(&texts, &options);
        let parts = split(&labels, &groups, &SplitOptions::default().with_seed(seed)).unwrap();
        let of = |rows: &[usize]| rows.iter().map(|&row| texts[row].as_str()).collect::<Vec<_>>();
        prop_assert!(near_leaks(&of(&parts.train), &of(&parts.test), &options).is_empty());
        prop_assert!(near_leaks(&of(&parts.train), &of(&parts.validation), &options).is_empty());
    }
}
