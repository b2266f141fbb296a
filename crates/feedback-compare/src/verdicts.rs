//! Decides which contender is better, with paired statistics.

use feedback_metrics::statistics::{
    BootstrapOptions, Comparison, HolmCorrection, Score, holm, mcnemar_exact, paired_bootstrap, verdict,
};

use crate::report::{Contender, Verdict};
use feedback_pipeline::Result;
use feedback_pipeline::data::Examples;
use feedback_pipeline::evaluate::{Scored, resampling_groups};

/// Compares the best model (the best baseline if there are no models) with each other contender. `entries` are sorted, best
/// first. Returns no verdicts if all test rows have the same text.
pub(crate) fn verdicts(
    entries: &[(Contender, Scored)],
    test: &Examples,
    n_classes: usize,
) -> Result<Vec<Verdict>> {
    let best = entries
        .iter()
        .position(|(contender, _)| contender.kind == "model")
        .unwrap_or(0);
    let groups = resampling_groups(test);
    if groups.iter().all(|group| *group == groups[0]) {
        return Ok(Vec::new()); // with a single text there is nothing to resample
    }
    let (first, first_scored) = &entries[best];
    let mut comparisons = Vec::new();
    for (other, scored) in entries
        .iter()
        .enumerate()
        .filter(|(index, _)| *index != best)
        .map(|(_, entry)| entry)
    {
        let (a, b) = (&first_scored.predictions, &scored.predictions);
        let score = Score::WeightedF1;
        let options = BootstrapOptions::default();
        comparisons.push(Comparison {
            name_a: first.name.clone(),
            name_b: other.name.clone(),
            n: test.len(),
            score,
            bootstrap: paired_bootstrap(&groups, &test.labels, a, b, n_classes, score, options)?,
            mcnemar: mcnemar_exact(&test.labels, a, b)?,
            correction: None,
        });
    }
    let p_values: Vec<f64> = comparisons.iter().map(Comparison::p_value).collect();
    let corrected = holm(&p_values)?;
    let pairs = comparisons.len();
    Ok(comparisons
        .into_iter()
        .zip(corrected)
        .map(|(mut comparison, p_value)| {
            if pairs > 1 {
                comparison.correction = Some(HolmCorrection {
                    p_value,
                    n_comparisons: pairs,
                });
            }
            Verdict {
                difference: comparison.bootstrap.difference,
                interval: comparison.bootstrap.interval,
                p_value,
                mcnemar_p_value: comparison.mcnemar.p_value,
                outcome: comparison.outcome(),
                sentence: verdict(&comparison),
                a: comparison.name_a,
                b: comparison.name_b,
            }
        })
        .collect())
}
