//! The search is exact, whatever the number of threads.

use std::path::Path;

use chacha20::ChaCha8Rng;
use feedback_vectors::{Entry, Hit, Query, VectorFile};
use proptest::prelude::*;
use rand::{Rng, SeedableRng};

const WIDTH: usize = 24;

fn draws(n: usize, seed: u64) -> Vec<f32> {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    (0..n)
        .map(|_| (rng.next_u32() % 2001) as f32 / 1000.0 - 1.0)
        .collect()
}

/// A file whose ids descend, so that their order is not the order of the records.
fn file(path: &Path, vectors: &[f32]) -> VectorFile {
    let mut file = VectorFile::create(path, "random", WIDTH).unwrap();
    let n = vectors.len() / WIDTH;
    let entries: Vec<Entry<'_>> = vectors
        .chunks_exact(WIDTH)
        .enumerate()
        .map(|(row, vector)| Entry {
            id: (n - row) as u64,
            key: (row as u128).to_le_bytes(),
            vector,
        })
        .collect();
    file.append(&entries).unwrap();
    file
}

fn cosine(a: &[f32], b: &[f32]) -> f64 {
    let dot =
        |a: &[f32], b: &[f32]| -> f64 { a.iter().zip(b).map(|(a, b)| f64::from(*a) * f64::from(*b)).sum() };
    dot(a, b) / (dot(a, a) * dot(b, b)).sqrt()
}

#[test]
fn the_search_finds_what_comparing_all_pairs_finds() {
    let folder = tempfile::tempdir().unwrap();
    // Enough for several threads; every tenth vector is there twice.
    let mut vectors = draws(9000 * WIDTH, 1);
    for row in (0..9000).step_by(10) {
        vectors.copy_within(row * WIDTH..(row + 1) * WIDTH, (row + 1) * WIDTH);
    }
    let file = file(&folder.path().join("vectors.f16"), &vectors);
    for seed in 2..6 {
        let vector = draws(WIDTH, seed);
        let mut expected: Vec<(f64, u64)> = vectors
            .chunks_exact(WIDTH)
            .enumerate()
            .map(|(row, other)| (cosine(&vector, other), 9000 - row as u64))
            .collect();
        expected.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
        let search = |threads, accept| {
            let query = Query {
                vector: &vector,
                k: 50,
                min_similarity: 0.2,
                accept,
                threads,
            };
            file.search(&query).unwrap()
        };
        let found = search(1, None);
        let near = |hit: &Hit, expected: f64| (f64::from(hit.similarity) - expected).abs() < 2e-3;
        for (hit, (similarity, _)) in found.hits.iter().zip(&expected) {
            assert!(near(hit, *similarity), "{hit:?}, expected {similarity}");
        }
        let count = |min: f64| expected.iter().filter(|one| one.0 >= min).count() as u64;
        assert!(
            (count(0.202)..=count(0.198)).contains(&found.count),
            "{}",
            found.count
        );
        for pair in found.hits.windows(2) {
            let later = pair[0].similarity > pair[1].similarity;
            assert!(later || pair[0].similarity == pair[1].similarity && pair[0].id < pair[1].id);
        }
        for threads in [2, 3, 7, 0] {
            assert_eq!(search(threads, None), found, "{threads} threads");
        }
        let even = |id: u64| id.is_multiple_of(2);
        let filtered = search(2, Some(&even));
        assert!(filtered.hits.iter().all(|hit| even(hit.id)) && filtered.count < found.count);
        assert_eq!(filtered, search(1, Some(&even)));
    }
}

#[test]
fn an_empty_file_and_no_hits_are_no_errors() {
    let folder = tempfile::tempdir().unwrap();
    let file = VectorFile::create(&folder.path().join("vectors.f16"), "random", WIDTH).unwrap();
    let vector = draws(WIDTH, 1);
    let mut query = Query {
        vector: &vector,
        k: 0,
        min_similarity: 0.5,
        accept: None,
        threads: 2,
    };
    assert_eq!(file.search(&query).unwrap().count, 0);
    query.min_similarity = 1.5;
    assert!(file.search(&query).is_err());
    query.min_similarity = 0.5;
    query.vector = &vector[1..];
    assert!(file.search(&query).is_err());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    /// A text is most similar to itself, and its similarity is 1 up to rounding.
    #[test]
    fn a_vector_finds_itself(seed in 0_u64..1000, row in 0_usize..40) {
        let folder = tempfile::tempdir().unwrap();
        let vectors = draws(40 * WIDTH, seed);
        let file = file(&folder.path().join("vectors.f16"), &vectors);
        let query = Query {
            vector: &vectors[row * WIDTH..(row + 1) * WIDTH],
            k: 1,
            min_similarity: 0.99,
            accept: None,
            threads: 1,
        };
        let found = file.search(&query).unwrap();
        prop_assert_eq!(found.hits[0].id, 40 - row as u64);
        prop_assert!(found.hits[0].similarity > 0.999);
    }
}
