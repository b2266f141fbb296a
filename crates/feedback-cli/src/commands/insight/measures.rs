//! Further numbers that a report compares: the net promoter score, means, and shares within a limit.

use clap::Args;
use feedback_formats::{FieldSample, rating_field};
use feedback_report::{Measure, MeasureKind};

use super::numbers::{Numbers, is_answer};
use super::rows::Rows;
use crate::exit::UsageError;

/// Parts of names of fields with answers to "How likely are you to recommend us?", in lower case.
const NPS_NAMES: [&str; 6] = [
    "net promoter",
    "recommend",
    "promotor",
    "weiterempf",
    "recomend",
    "raccomand",
];
/// The smallest number of answers by which such a field is recognised.
const MIN_ANSWERS: usize = 10;
/// The smallest share of answers among the values of such a field; others may be codes for "no answer".
const MIN_SHARE: f64 = 0.5;
/// Number of values that are looked at to find the rating.
const SAMPLE: usize = 500;

/// Options of further numbers.
#[derive(Debug, Clone, Args)]
pub(super) struct MeasureArgs {
    /// The field with answers from 0 to 10 for the net promoter score [default: found by name and values]
    #[arg(long, value_name = "NAME", env = "FEEDBACK_NPS_FIELD")]
    nps_field: Option<String>,
    /// A further number to compare, may be repeated: the mean of a field (`NAME`), or the share of texts within a limit, such as
    /// `First reply (hours)<=24`, or with yes (`Solved=yes`); `confidence` is that of the model in its categories
    #[arg(long, value_name = "NAME[<=N]")]
    measure: Vec<Measure>,
}

impl MeasureArgs {
    /// Finds the measures, and reads their fields as numbers. Returns what is to be said about them.
    ///
    /// # Errors
    ///
    /// A field does not exist, or has no number.
    pub(super) fn read(&self, rows: &mut Rows) -> anyhow::Result<(Vec<Measure>, Vec<String>)> {
        let mut measures = self.scores(rows);
        measures.extend(self.measure.iter().cloned());
        let mut notes = Vec::new();
        for measure in &mut measures {
            measure.field = rows.name_of_field(&measure.field);
        }
        if let Some(twice) = repeated(&measures) {
            let reason = format!(
                "the field `{twice}` is measured twice in the same way\nhint: leave one of the options out"
            );
            return Err(UsageError(reason).into());
        }
        let mut done: Vec<&str> = Vec::new();
        for measure in &measures {
            let field = measure.field.as_str();
            let is_confidence = field == Measure::CONFIDENCE && !rows.has_field(field);
            // The report takes the confidence of the model; a field is read once.
            if !is_confidence && !done.contains(&field) {
                let is_score = measures
                    .iter()
                    .any(|one| one.field == field && one.kind == MeasureKind::NetPromoterScore);
                notes.extend(read_field(rows, field, is_score)?);
                done.push(field);
            }
        }
        Ok((measures, notes))
    }

    /// The net promoter scores of the named field, or of all fields whose names and values are those of one.
    fn scores(&self, rows: &Rows) -> Vec<Measure> {
        let score = |name: &str| Measure::new(name, MeasureKind::NetPromoterScore);
        if let Some(name) = &self.nps_field {
            return vec![score(name)];
        }
        let fields = rows.fields.iter();
        let scores = fields.filter(|field| is_nps(&field.name) && are_answers(&field.texts()));
        scores.map(|field| score(&field.name)).collect()
    }
}

/// Reads a field as numbers, and says what could not be read.
fn read_field(rows: &mut Rows, field: &str, is_score: bool) -> anyhow::Result<Vec<String>> {
    let mut numbers = Numbers::read(&rows.values_of(field)?);
    let mut notes = Vec::new();
    if is_score {
        numbers.keep_answers();
        notes.push(format!("the net promoter score is that of the field `{field}`"));
        if numbers.values.iter().all(|value| value.is_nan() || *value <= 5.0) {
            notes.push(format!(
                "warning: no answer in `{field}` is above 5; the net promoter score is for answers from 0 to 10"
            ));
        }
    }
    if let Some(example) = &numbers.thousands {
        notes.push(format!("commas in `{field}` divide thousands, as in {example}"));
    }
    if let Some(first) = numbers.unreadable.first() {
        notes.push(format!(
            "{} values of `{field}` cannot be read, the first in line {}",
            numbers.unreadable.len(),
            rows.lines[*first]
        ));
    }
    rows.set_numbers(field, numbers.values)?;
    Ok(notes)
}

/// The rating among the fields that are no measures, if there is one.
pub(super) fn guess_rating(rows: &Rows, measures: &[Measure]) -> Option<String> {
    let free = rows
        .fields
        .iter()
        .filter(|field| measures.iter().all(|measure| measure.field != field.name));
    let samples: Vec<FieldSample> = free
        .map(|field| {
            let given = field.texts().into_iter().filter(|value| !value.trim().is_empty());
            FieldSample::new(&field.name, given.take(SAMPLE).map(str::to_owned).collect())
        })
        .collect();
    rating_field(&samples).map(str::to_owned)
}

fn repeated(measures: &[Measure]) -> Option<&str> {
    let is_earlier = |(place, measure): &(usize, &Measure)| measures[..*place].contains(measure);
    let found = measures.iter().enumerate().find(is_earlier);
    found.map(|(_, measure)| measure.field.as_str())
}

fn is_nps(name: &str) -> bool {
    let name = name.to_lowercase();
    let mut words = name.split(|c: char| !c.is_alphanumeric());
    words.any(|word| word == "nps") || NPS_NAMES.iter().any(|part| name.contains(part))
}

/// Whether nearly all values are whole numbers from 0 to 10, and some are above 5: a rating of 1 to 5 is none of these answers.
fn are_answers(values: &[&str]) -> bool {
    let given: Vec<&str> = values
        .iter()
        .copied()
        .filter(|value| !value.trim().is_empty())
        .collect();
    let answers: Vec<f64> = Numbers::read(&given)
        .values
        .into_iter()
        .filter(|value| is_answer(*value))
        .collect();
    let are_most = answers.len() as f64 >= MIN_SHARE * given.len() as f64;
    answers.len() >= MIN_ANSWERS && are_most && answers.iter().any(|answer| *answer > 5.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_from_0_to_10_are_recognised() {
        for name in [
            "NPS",
            "nps score",
            "Net Promoter Score",
            "How likely are you to recommend us?",
            "Weiterempfehlung",
        ] {
            assert!(is_nps(name), "{name}");
        }
        assert!(!is_nps("snps") && !is_nps("Stars"));
        let answers = |others: &[&str]| {
            let mut values = vec!["9"; 12];
            values.extend(others);
            are_answers(&values)
        };
        assert!(answers(&["0", "10 - extremely likely", ""]));
        assert!(answers(&["n/a", "-1"]), "a few values may be codes");
        assert!(!answers(&["11"; 13]) && !answers(&["x"; 13]));
        assert!(!are_answers(&["5"; 20]) && !are_answers(&["9"; 9]));
    }
}
