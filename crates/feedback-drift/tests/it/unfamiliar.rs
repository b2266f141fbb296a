//! Unfamiliar texts, by vectors of known ones.

use feedback_drift::{Error, KnownTexts, UNFAMILIAR_ABOVE};
use feedback_metrics::statistics::Draws;

const WIDTH: usize = 16;

/// Vectors around the axes `from` to `to`, each axis being a subject.
fn vectors(n: usize, from: usize, to: usize, seed: u64) -> Vec<f32> {
    let mut draws = Draws::new(1, seed);
    let mut noise = || {
        (0..8)
            .map(|_| draws.below(1_001) as f32 / 1_000.0 - 0.5)
            .sum::<f32>()
            / 2.0
    };
    (0..n)
        .flat_map(|row| {
            let axis = from + row % (to - from);
            (0..WIDTH)
                .map(|x| if x == axis { 2.0 } else { 0.0 } + noise())
                .collect::<Vec<f32>>()
        })
        .collect()
}

fn share(known: &KnownTexts, texts: &[f32]) -> f64 {
    let rows = texts.chunks_exact(WIDTH);
    let n = rows.len() as f64;
    rows.filter(|vector| known.unfamiliarity(vector).unwrap() > UNFAMILIAR_ABOVE)
        .count() as f64
        / n
}

#[test]
fn one_in_twenty_texts_of_the_source_is_unfamiliar_and_most_texts_about_something_else() {
    let (mut lost, mut caught) = (0.0, 0.0);
    for seed in 0..20 {
        let known = KnownTexts::new(
            WIDTH,
            &vectors(300, 0, 8, 3 * seed),
            &vectors(200, 0, 8, 3 * seed + 1),
        );
        let known = known.unwrap().unwrap();
        lost += share(&known, &vectors(500, 0, 8, 3 * seed + 2)) / 20.0;
        caught += share(&known, &vectors(500, 8, 16, 3 * seed + 2)) / 20.0;
    }
    assert!((0.04..0.06).contains(&lost), "{lost} of the texts of the source");
    assert!(caught > 0.9, "{caught} of the texts about something else");
}

#[test]
fn a_known_text_is_familiar_and_its_opposite_is_not() {
    let training = vectors(100, 0, 8, 1);
    let known = KnownTexts::new(WIDTH, &training, &vectors(100, 0, 8, 2))
        .unwrap()
        .unwrap();
    assert_eq!(
        (known.n_texts(), known.width(), known.distances().len()),
        (100, WIDTH, 100)
    );
    let row = &training[..WIDTH];
    assert!(known.unfamiliarity(row).unwrap() < 0.5);
    let opposite: Vec<f32> = row.iter().map(|x| -x).collect();
    let score = known.unfamiliarity(&opposite).unwrap();
    assert!((0.99..=1.0).contains(&score), "{score}");
    // Only the direction counts.
    let longer: Vec<f32> = row.iter().map(|x| x * 64.0).collect();
    assert_eq!(known.unfamiliarity(row), known.unfamiliarity(&longer));
}

#[test]
fn saved_texts_are_the_same_and_damaged_ones_are_refused() {
    let known = KnownTexts::new(WIDTH, &vectors(100, 0, 8, 1), &vectors(100, 0, 8, 2))
        .unwrap()
        .unwrap();
    let parts = |width, rows: &[i8], distances: &[f64]| {
        KnownTexts::from_parts(width, rows.to_vec(), distances.to_vec())
    };
    assert_eq!(parts(WIDTH, known.rows(), known.distances()).unwrap(), known);
    for (width, rows, distances) in [
        (0, known.rows(), known.distances()),
        (7, known.rows(), known.distances()),
        (WIDTH, &[0; WIDTH], known.distances()),
        (WIDTH, known.rows(), &[]),
        (WIDTH, known.rows(), &[0.2, 0.1]),
        (WIDTH, known.rows(), &[f64::NAN]),
        (WIDTH, known.rows(), &[2.5]),
    ] {
        assert!(matches!(
            parts(width, rows, distances),
            Err(Error::Damaged { .. })
        ));
    }
}

#[test]
fn too_few_texts_have_no_threshold_and_unusable_vectors_are_named() {
    assert_eq!(
        KnownTexts::new(WIDTH, &vectors(29, 0, 8, 1), &vectors(100, 0, 8, 2)).unwrap(),
        None
    );
    assert_eq!(
        KnownTexts::new(WIDTH, &vectors(100, 0, 8, 1), &vectors(29, 0, 8, 2)).unwrap(),
        None
    );
    let mut zero = vectors(100, 0, 8, 2);
    zero[3 * WIDTH..4 * WIDTH].fill(0.0);
    let error = KnownTexts::new(WIDTH, &vectors(100, 0, 8, 1), &zero).unwrap_err();
    assert_eq!(
        error.to_string(),
        "text 103: the vector has 16 numbers, expected 16, not all of them zero"
    );
    let known = KnownTexts::new(WIDTH, &vectors(100, 0, 8, 1), &vectors(100, 0, 8, 2))
        .unwrap()
        .unwrap();
    assert!(known.unfamiliarity(&[1.0; WIDTH + 1]).is_err());
}
