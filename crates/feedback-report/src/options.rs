//! Options of a report.

use serde::{Deserialize, Serialize};

use crate::days::from_iso;
use crate::error::{Error, Result};
use crate::input::{Input, Values};
use crate::measures::Measure;

/// How long a period is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PeriodLength {
    /// One day.
    Day,
    /// Seven days.
    Week,
    /// One month, back from the last date. If the last date is 17 April, it begins on 18 March; if the last date is 30 April, on
    /// 1 April.
    Month,
    /// Three months, counted in the same way.
    Quarter,
}

/// With what the last period is compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Comparison {
    /// The period before it.
    #[default]
    Previous,
    /// The period of the same length that ends a year earlier. Days and weeks end 364 days earlier, on the same day of the week.
    YearBefore,
}

/// What people found in a random sample of categories that a model chose.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Audits {
    /// Number of texts in the sample, at least 1.
    pub texts: usize,
    /// Number of texts of which the model's category is right.
    pub right: usize,
}

/// Options of a report.
///
/// # Examples
///
/// ```
/// use feedback_report::{PeriodLength, ReportOptions};
///
/// let options = ReportOptions::default().with_period(PeriodLength::Month).with_by(&["Country"]);
/// assert_eq!((options.n_quotes, options.min_rows), (3, 30));
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct ReportOptions {
    /// The length of a period. `None` (default) chooses the longest of quarter, month, week and day that fits twice between the
    /// first and the last date. The earlier period may lack its first tenth, since few files begin on the first day of a period.
    pub period: Option<PeriodLength>,
    /// With what the last period is compared; the previous period by default.
    pub compare: Comparison,
    /// The last day of the last period, such as `2025-06-30`. `None` (default) is the day of the last date.
    pub until: Option<String>,
    /// The fields to break changes down by. `None` (default) uses every field of strings with 2 to 20 different values, except
    /// ids (more than half of the values are different) and free text (more than 40 characters on average).
    pub by: Option<Vec<String>>,
    /// The field that is the rating. `None` (default) uses the first field of numbers with at most 11 different values.
    pub rating: Option<String>,
    /// Further numbers that are compared, such as the net promoter score; none by default.
    pub measures: Vec<Measure>,
    /// What people found in a random sample of the model's categories; `None` (default) if nobody checked one.
    pub audits: Option<Audits>,
    /// The number of quotes of a headline, theme or category; 3 by default.
    pub n_quotes: usize,
    /// The maximum length of a quote in characters, at least 20; 160 by default.
    pub quote_length: usize,
    /// Themes and categories with fewer texts in both periods together are not tested; 10 by default.
    pub min_texts: usize,
    /// The number of themes that are tested, the largest; 50 by default. Further themes are listed without a change: the more
    /// themes are tested, the fewer changes stand out.
    pub max_themes: usize,
    /// Segments with fewer rows in both periods together are merged; 30 by default.
    pub min_rows: usize,
    /// The expected share of false changes among those that are reported, between 0 and 1; 0.05 by default.
    pub false_discovery_rate: f64,
    /// The number of bootstrap resamples for intervals, 1 to 1,000,000; 500 by default. With 500 resamples, the ends of an interval
    /// differ between seeds by about 3 % of its width.
    pub resamples: usize,
    /// The seed of everything random; 42 by default.
    pub seed: u64,
}

impl Default for ReportOptions {
    fn default() -> Self {
        Self {
            period: None,
            compare: Comparison::Previous,
            until: None,
            by: None,
            rating: None,
            measures: Vec::new(),
            audits: None,
            n_quotes: 3,
            quote_length: 160,
            min_texts: 10,
            max_themes: 50,
            min_rows: 30,
            false_discovery_rate: 0.05,
            resamples: 500,
            seed: 42,
        }
    }
}

impl ReportOptions {
    /// Sets `period`.
    #[must_use]
    pub fn with_period(mut self, period: PeriodLength) -> Self {
        self.period = Some(period);
        self
    }

    /// Sets `compare`.
    #[must_use]
    pub fn with_compare(mut self, compare: Comparison) -> Self {
        self.compare = compare;
        self
    }

    /// Sets `until`.
    #[must_use]
    pub fn with_until(mut self, day: &str) -> Self {
        self.until = Some(day.to_owned());
        self
    }

    /// Sets `by`.
    #[must_use]
    pub fn with_by(mut self, by: &[&str]) -> Self {
        self.by = Some(by.iter().map(|&name| name.to_owned()).collect());
        self
    }

    /// Sets `rating`.
    #[must_use]
    pub fn with_rating(mut self, rating: &str) -> Self {
        self.rating = Some(rating.to_owned());
        self
    }

    /// Sets `measures`.
    #[must_use]
    pub fn with_measures(mut self, measures: &[Measure]) -> Self {
        self.measures = measures.to_vec();
        self
    }

    /// Sets `audits`.
    #[must_use]
    pub fn with_audits(mut self, audits: Audits) -> Self {
        self.audits = Some(audits);
        self
    }

    /// Sets `n_quotes`.
    #[must_use]
    pub fn with_n_quotes(mut self, n_quotes: usize) -> Self {
        self.n_quotes = n_quotes;
        self
    }

    /// Sets `resamples`.
    #[must_use]
    pub fn with_resamples(mut self, resamples: usize) -> Self {
        self.resamples = resamples;
        self
    }

    /// Sets `seed`.
    #[must_use]
    pub fn with_seed(mut self, seed: u64) -> Self {
        self.seed = seed;
        self
    }

    /// Checks the options, and that the fields they name exist.
    pub(crate) fn check(&self, input: &Input<'_>) -> Result<()> {
        let option = |option, found: String, expected| {
            Err(Error::Option {
                option,
                found,
                expected,
            })
        };
        let rate = self.false_discovery_rate;
        if !(rate > 0.0 && rate < 1.0) {
            return option(
                "false_discovery_rate",
                rate.to_string(),
                "a number between 0 and 1, such as 0.05",
            );
        }
        if !(1..=1_000_000).contains(&self.resamples) {
            return option(
                "resamples",
                self.resamples.to_string(),
                "a number from 1 to 1,000,000",
            );
        }
        if let Some(until) = &self.until
            && from_iso(until).is_none()
        {
            return option("until", until.clone(), "a day such as 2025-06-30");
        }
        if let Some(audits) = self.audits
            && (audits.texts == 0 || audits.texts > input.n_texts() || audits.right > audits.texts)
        {
            let found = format!("{} right of {}", audits.right, audits.texts);
            return option(
                "audits",
                found,
                "at least one text, at most all, and not more right than there are",
            );
        }
        if self.quote_length < 20 {
            return option("quote_length", self.quote_length.to_string(), "at least 20");
        }
        self.check_fields(input)
    }

    /// Checks that the fields that the options name exist, and have numbers where they must.
    fn check_fields(&self, input: &Input<'_>) -> Result<()> {
        if let Some(name) = &self.rating {
            let field = self.known("rating", name, input)?;
            if matches!(input.fields[field].values, Values::Texts(_)) {
                return Err(Error::RatingIsText { field: name.clone() });
            }
        }
        for measure in &self.measures {
            match measure.values(input)? {
                None => drop(self.known("measures", &measure.field, input)?),
                Some(values) if input.n_texts() > 0 && values.iter().all(|value| value.is_nan()) => {
                    let expected = if input.field(&measure.field).is_some() {
                        "a field with a number"
                    } else {
                        "categories that a model chose, with its confidence"
                    };
                    return Err(Error::Option {
                        option: "measures",
                        found: measure.field.clone(),
                        expected,
                    });
                }
                Some(_) => {}
            }
        }
        for name in self.by.iter().flatten() {
            let field = self.known("by", name, input)?;
            if matches!(input.fields[field].values, Values::Numbers(_)) {
                return Err(Error::ByNumbers { field: name.clone() });
            }
        }
        Ok(())
    }

    fn known(&self, option: &'static str, name: &str, input: &Input<'_>) -> Result<usize> {
        let names = || input.fields.iter().map(|field| format!("`{}`", field.name));
        input.field(name).ok_or_else(|| Error::UnknownField {
            option,
            found: name.to_owned(),
            expected: names().collect::<Vec<_>>().join(", "),
        })
    }
}
