//! Further numbers that a report compares: the net promoter score, means, and shares within a limit.

use clap::Args;
use feedback_report::{Measure, MeasureKind};

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
        let mut measures: Vec<Measure> = self.nps(rows).into_iter().collect();
        measures.extend(self.measure.iter().cloned());
        let mut notes = Vec::new();
        for measure in &mut measures {
            measure.field = rows.name_of_field(&measure.field);
            let is_field = rows.fields.iter().any(|field| field.name == measure.field);
            if !is_field && measure.field == Measure::CONFIDENCE {
                continue; // the report takes that of the model
            }
            let is_score = measure.kind == MeasureKind::NetPromoterScore;
            let read = match measure.kind {
                MeasureKind::NetPromoterScore => answer,
                MeasureKind::Yes => yes_or_no,
                _ => number,
            };
            let unreadable = rows.read_numbers(&measure.field, read)?;
            if let Some((n, line)) = unreadable {
                let field = &measure.field;
                notes.push(format!(
                    "{n} values of `{field}` cannot be read, the first in line {line}"
                ));
            }
            if is_score {
                notes.push(format!(
                    "the net promoter score is that of the field `{}`",
                    measure.field
                ));
            }
        }
        if let Some(twice) = repeated(&measures) {
            let reason = format!(
                "the field `{twice}` is measured twice in the same way\nhint: leave one of the options out"
            );
            return Err(UsageError(reason).into());
        }
        Ok((measures, notes))
    }

    /// The net promoter score of the named field, or of a field whose name and values are those of one.
    fn nps(&self, rows: &Rows) -> Option<Measure> {
        let found = || {
            let mut fields = rows.fields.iter();
            let field = fields.find(|field| is_nps(&field.name) && are_answers(&field.texts()))?;
            Some(field.name.clone())
        };
        let name = self.nps_field.clone().or_else(found)?;
        Some(Measure::new(&name, MeasureKind::NetPromoterScore))
    }
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

/// Whether all values are whole numbers from 0 to 10, and some are above 5: a rating of 1 to 5 is none of these answers.
fn are_answers(values: &[&str]) -> bool {
    let given: Vec<Option<f64>> = values
        .iter()
        .filter(|value| !value.trim().is_empty())
        .map(|value| answer(value))
        .collect();
    let is_answer = |value: &Option<f64>| {
        value.is_some_and(|value| (0.0..=10.0).contains(&value) && value.fract() == 0.0)
    };
    let is_high = |value: &Option<f64>| value.is_some_and(|value| value > 5.0);
    given.len() >= MIN_ANSWERS && given.iter().all(is_answer) && given.iter().any(is_high)
}

/// An answer such as `9`, `9.0` or `10 - extremely likely`; other numbers stay as they are.
fn answer(value: &str) -> Option<f64> {
    let value = value.trim();
    let end = value.find(|c: char| !c.is_ascii_digit()).unwrap_or(value.len());
    let rest = value[end..].trim_start();
    let is_word = rest.starts_with(['-', '–', '(', ':', '=']) || rest.starts_with(char::is_alphabetic);
    if is_word {
        value[..end].parse().ok()
    } else {
        number(value)
    }
}

/// 1 for yes and 0 for no.
fn yes_or_no(value: &str) -> Option<f64> {
    match value.trim().to_lowercase().as_str() {
        "yes" | "true" | "1" | "ja" | "oui" | "si" | "sí" | "sim" => Some(1.0),
        "no" | "false" | "0" | "nein" | "non" | "não" => Some(0.0),
        _ => None,
    }
}

/// A number with a decimal point or comma.
fn number(value: &str) -> Option<f64> {
    let value = value.trim();
    let parse = |value: &str| value.parse::<f64>().ok().filter(|number| number.is_finite());
    let has_comma = value.matches(',').count() == 1 && !value.contains('.');
    parse(value).or_else(|| has_comma.then(|| parse(&value.replace(',', "."))).flatten())
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
        let answers = |last: &str| {
            let mut values = vec!["9"; 12];
            values.extend(["", last]);
            are_answers(&values)
        };
        assert!(
            answers("0")
                && answers("10 - extremely likely")
                && !answers("11")
                && !answers("7.5")
                && !answers("yes")
        );
        assert!(!are_answers(&["5"; 20]) && !are_answers(&["9"; 9]));
    }

    #[test]
    fn numbers_may_have_a_decimal_comma() {
        assert_eq!(
            [number(" 12,5"), number("-1.5"), number("3")],
            [Some(12.5), Some(-1.5), Some(3.0)]
        );
        assert_eq!(
            [number("1,234.5"), number("12 h"), number("inf"), number("")],
            [None; 4]
        );
    }
}
