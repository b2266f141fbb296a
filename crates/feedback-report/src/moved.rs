//! What moved, and what a report says about it in one sentence.

use crate::changes::Search;
use crate::error::Result;
use crate::headlines::{Headline, HeadlineKind, headlines, unproven};
use crate::mix::{Mix, mix};
use crate::study::Study;
use crate::words::{number, p_value};

/// Number of changes that are shown if the mix of themes moved but no theme stands out.
const N_UNPROVEN: usize = 5;

/// What moved.
#[derive(Default)]
pub(crate) struct Moved {
    pub(crate) headlines: Vec<Headline>,
    pub(crate) mix: Option<Mix>,
    /// The largest changes, if the mix moved and no headline says how.
    pub(crate) unproven: Vec<Headline>,
    pub(crate) n_tests: usize,
}

impl Moved {
    pub(crate) fn new(study: &Study<'_>, search: Option<&Search>) -> Result<Self> {
        let Some(search) = search else {
            return Ok(Self::default());
        };
        let mut moved = Self {
            headlines: headlines(study, search)?,
            mix: mix(study, search)?,
            unproven: Vec::new(),
            n_tests: search.n_tests(),
        };
        if moved.untold(study).is_some() {
            moved.unproven = unproven(study, search, N_UNPROVEN)?;
        }
        Ok(moved)
    }

    /// The mix, if it moved and no headline says how.
    fn untold(&self, study: &Study<'_>) -> Option<Mix> {
        let tells = |headline: &Headline| {
            let metric = study.metrics.iter().find(|metric| metric.id == headline.metric);
            headline.kind != HeadlineKind::Size && metric.is_some_and(|metric| !metric.kind.is_measure())
        };
        self.mix
            .filter(|mix| mix.moved && !self.headlines.iter().any(tells))
    }

    /// How much stands out, in one or two sentences.
    pub(crate) fn summary(&self, study: &Study<'_>) -> String {
        let (n_tests, rate) = (self.n_tests, number(100.0 * study.options.false_discovery_rate));
        let untold = self.untold(study).map(|mix| p_value(mix.p_value));
        let largest = match self.unproven.len() {
            0 => "",
            _ => " The largest changes are listed; none of them is proven.",
        };
        match (&study.compared, self.headlines.len(), untold) {
            _ if study.input.n_texts() == 0 => "There are no texts.".to_owned(),
            (Err(reason), ..) => format!("Nothing can be compared: {reason}."),
            (Ok(_), ..) if n_tests == 0 => "Nothing can be compared: there are too few texts.".to_owned(),
            (Ok(_), 0, None) => format!(
                "Nothing moved beyond chance: of {n_tests} changes that were tested, none stands out at a false discovery rate of {rate} %."
            ),
            (Ok(_), 0, Some(p)) => format!(
                "The mix of themes moved beyond chance ({p}), but no single change does: of {n_tests} that were tested, none stands out at a \
                 false discovery rate of {rate} %.{largest}"
            ),
            (Ok(_), n, untold) => {
                let things = if n == 1 { "thing" } else { "things" };
                let mix = untold.map_or_else(String::new, |p| {
                    format!(
                        " The mix of themes moved as well ({p}), but no single theme stands out.{largest}"
                    )
                });
                format!(
                    "{n} {things} moved beyond chance ({n_tests} tests, false discovery rate {rate} %).{mix}"
                )
            }
        }
    }
}
