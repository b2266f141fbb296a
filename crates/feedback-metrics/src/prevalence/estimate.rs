//! The choice of the method.

use super::combined::combined_count;
use super::counting::count;
use super::prediction_powered::prediction_powered;
use super::rows::{Audits, Calibration, Target};
use super::shares::{ShareOptions, Shares};
use crate::error::{Error, Result};

/// The best shares that the labelled rows and audits allow.
///
/// - With fewer than [`ShareOptions::min_audits`] audited rows (50 by default), the shares are the model's, without
///   intervals ([`super::count`]): without audits, nobody can know whether the texts of each category have changed. To rely
///   on the labelled rows alone, call [`super::adjusted_count`].
/// - With enough audits and labelled rows, both are combined ([`combined_count`]).
/// - With enough audits only, or if the model does not tell the classes apart on the labelled rows,
///   [`prediction_powered`] is used.
///
/// [`Shares::explanation`] says in words what was done.
///
/// # Errors
///
/// If target and labelled rows differ in the number of classes, or an option is out of range.
pub fn estimate_shares(
    target: &Target,
    calibration: Option<&Calibration>,
    audits: Option<&Audits>,
    options: &ShareOptions,
) -> Result<Shares> {
    let n_audits = audits.map_or(0, Audits::n);
    let Some(audits) = audits.filter(|audits| audits.n() >= options.min_audits) else {
        let mut shares = count(target);
        shares.n_audits = n_audits;
        return Ok(shares);
    };
    let combined = calibration.map(|calibration| combined_count(target, calibration, audits, options));
    match combined {
        None | Some(Err(Error::IndistinctClasses)) => prediction_powered(target, audits, options),
        Some(result) => result,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::prevalence::shares::Method;

    fn target() -> Target {
        let predictions: Vec<usize> = (0..200).map(|row| row % 2).collect();
        let groups: Vec<usize> = (0..200).collect();
        Target::new(&predictions, &groups, 2).expect("valid")
    }

    fn audits(n: usize) -> Audits {
        let rows: Vec<usize> = (0..n).collect();
        let labels: Vec<usize> = rows.iter().map(|row| usize::from(row % 10 > 3)).collect();
        Audits::new(&target(), &rows, &labels).expect("valid")
    }

    fn calibration(predictions: &[usize]) -> Calibration {
        let labels: Vec<usize> = (0..predictions.len()).map(|row| row % 2).collect();
        let groups: Vec<usize> = (0..predictions.len()).collect();
        Calibration::new(&labels, predictions, &groups, 2).expect("valid")
    }

    #[test]
    fn the_method_depends_on_what_is_there() {
        let options = ShareOptions::default();
        let good: Vec<usize> = (0..100)
            .map(|row| usize::from(row % 20 > 1) * (row % 2))
            .collect();
        let (good, blind) = (calibration(&good), calibration(&[0; 100]));
        let run = |calibration, n_audits| {
            let audits = audits(n_audits);
            let found = estimate_shares(&target(), calibration, Some(&audits), &options).expect("valid");
            assert_eq!(found.n_audits, n_audits);
            (found.method, found.explanation())
        };
        let (method, text) = run(Some(&good), 49);
        assert_eq!(method, Method::Counting);
        assert!(
            text.ends_with("not corrected: 49 audited texts are too few."),
            "{text}"
        );
        assert_eq!(run(Some(&good), 50).0, Method::Combined);
        assert_eq!(run(Some(&blind), 50).0, Method::PredictionPowered);
        let (method, text) = run(None, 60);
        assert_eq!(method, Method::PredictionPowered);
        assert_eq!(text, "Shares of 200 texts, corrected with 60 audited texts.");
        let found = estimate_shares(&target(), Some(&good), None, &options).expect("valid");
        assert!(found.explanation().ends_with("no text was audited."));
        assert_eq!(found.classes[0].interval, None);
    }
}
