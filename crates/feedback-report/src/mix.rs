//! Whether the mix of themes moved, even if no single theme stands out.

use feedback_drivers::{Rows, composition_p_value};
use serde::Serialize;

use crate::changes::Search;
use crate::error::Result;
use crate::study::{Kind, Study};

/// The part of the false discovery rate at which the mix is tested.
const PART: f64 = 0.2;

/// One test of all themes together: whether their shares differ between the periods beyond chance.
///
/// If a story is divided among many themes, the mix may move although no theme stands out. This test is separate from the tests
/// of single changes; its level is a fifth of their false discovery rate. If nothing moves, at most 6 % of all reports therefore
/// say that something did, instead of 5 %.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Mix {
    /// The p-value of the permutation test ([`feedback_drivers::composition_p_value`]).
    pub p_value: f64,
    /// The mix moved if the p-value is at most this: a fifth of the false discovery rate.
    pub level: f64,
    /// Whether the mix moved beyond chance.
    pub moved: bool,
}

/// Tests the mix of the themes that are tested; all other texts count as one more theme. `None` if no theme is tested.
pub(crate) fn mix(study: &Study<'_>, search: &Search) -> Result<Option<Mix>> {
    let Ok(compared) = &study.compared else {
        return Ok(None);
    };
    let mut classes = vec![0; compared.rows.len()];
    let themes = search.metrics.iter().map(|&metric| &study.metrics[metric]);
    let mut n_themes = 0;
    for theme in themes.filter(|metric| metric.kind == Kind::Theme) {
        n_themes += 1;
        for (class, &row) in classes.iter_mut().zip(&compared.rows) {
            if theme.values[row] == 1.0 {
                *class = n_themes;
            }
        }
    }
    if n_themes == 0 {
        return Ok(None);
    }
    let after: Vec<bool> = compared
        .rows
        .iter()
        .map(|&row| study.is_after[row] == Some(true))
        .collect();
    let groups: Vec<usize> = compared.rows.iter().map(|&row| study.groups[row]).collect();
    let p_value = composition_p_value(&Rows::new(&after, &groups)?, &classes, study.options.seed)?;
    let level = PART * study.options.false_discovery_rate;
    Ok(Some(Mix {
        p_value,
        level,
        moved: p_value <= level,
    }))
}
