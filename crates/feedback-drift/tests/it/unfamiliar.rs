//! Unfamiliar texts, by vectors of known ones.

use feedback_drift::{Error, KnownTexts, UNFAMILIAR_ABOVE};
use feedback_metrics::statistics::Draws;

const WIDTH: usize = 16;

/// Vectors around the axes `from` to `to`, each axis being a label.
fn vectors(n: usize, from: usize, to: usize, seed: u64) -> Vec<f32> {
    let mut draws = Draws::new(1, seed);
    let mut noise = || {
        (0..8)
            .map(|_| draws.below(1_001) as f32 / 1_000.0 - 0.5)
            .sum::<f32>()
            / 3.0
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

fn known(seed: u64, n: [usize; 2]) -> Option<KnownTexts> {
    let labels: Vec<usize> = (0..n[0]).map(|row| row % 8).collect();
    let (training, held_out) = (vectors(n[0], 0, 8, 3 * seed), vectors(n[1], 0, 8, 3 * seed + 1));
    KnownTexts::new(WIDTH, &training, &labels, &held_out).unwrap()
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
        let known = known(seed, [300, 200]).unwrap();
        lost += share(&known, &vectors(500, 0, 8, 3 * seed + 2)) / 20.0;
        caught += share(&known, &vectors(500, 8, 16, 3 * seed + 2)) / 20.0;
    }
    assert!((0.035..0.06).contains(&lost), "{lost} of the texts of the source");
    assert!(caught > 0.9, "{caught} of the texts about something else");
}

#[test]
fn a_centre_is_familiar_and_what_is_far_from_all_of_them_is_not() {
    let known = known(0, [200, 100]).unwrap();
    assert_eq!(
        (known.width(), known.centres().len(), known.distances().len()),
        (WIDTH, 8 * WIDTH, 100)
    );
    assert_eq!(known.unfamiliarity(&known.centres()[..WIDTH]).unwrap(), 0.0);
    let far = known.unfamiliarity(&[-3.0; WIDTH]).unwrap();
    let further = known.unfamiliarity(&[-30.0; WIDTH]).unwrap();
    assert!(0.99 < far && far < further && further < 1.0, "{far} {further}");
}

#[test]
fn saved_texts_are_the_same_and_damaged_ones_are_refused() {
    let known = known(0, [200, 100]).unwrap();
    let parts = |width, centres: &[f32], factor: &[f32], distances: &[f64]| {
        KnownTexts::from_parts(width, centres.to_vec(), factor.to_vec(), distances.to_vec())
    };
    let (centres, factor, distances) = (known.centres(), known.factor(), known.distances());
    assert_eq!(parts(WIDTH, centres, factor, distances).unwrap(), known);
    let mut singular = factor.to_vec();
    singular[0] = 0.0;
    for (width, centres, factor, distances) in [
        (0, centres, factor, distances),
        (7, centres, factor, distances),
        (WIDTH, &[f32::NAN; WIDTH], factor, distances),
        (WIDTH, centres, &factor[1..], distances),
        (WIDTH, centres, &singular, distances),
        (WIDTH, centres, factor, &[]),
        (WIDTH, centres, factor, &[0.2, 0.1]),
        (WIDTH, centres, factor, &[f64::NAN]),
        (WIDTH, centres, factor, &[-0.5]),
    ] {
        assert!(matches!(
            parts(width, centres, factor, distances),
            Err(Error::Damaged { .. })
        ));
    }
}

#[test]
fn too_few_texts_have_no_threshold_and_unusable_vectors_are_named() {
    assert_eq!((known(0, [29, 100]), known(0, [100, 29])), (None, None));
    let same = [1.0; 100 * WIDTH];
    assert_eq!(KnownTexts::new(WIDTH, &same, &[0; 100], &same).unwrap(), None);
    let mut bad = vectors(100, 0, 8, 2);
    bad[3 * WIDTH] = f32::NAN;
    let error = KnownTexts::new(WIDTH, &same, &[0; 100], &bad).unwrap_err();
    assert!(matches!(error, Error::Vector { row: 103, .. }), "{error}");
    assert!(KnownTexts::new(WIDTH, &same, &[0; 99], &same).is_err());
    let known = known(0, [100, 100]).unwrap();
    assert!(known.unfamiliarity(&[1.0; WIDTH + 1]).is_err());
    assert!(known.unfamiliarity(&[f32::INFINITY; WIDTH]).is_err());
}
