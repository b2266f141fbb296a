//! Formats results as text for people.

use feedback_compare::ComparisonReport;
use feedback_corrections::CorrectionsSummary;
use feedback_inference::{AbstainReason, Explanation, InWindows, Prediction};
use feedback_metrics::evaluation::Evaluation;
use feedback_metrics::statistics::Interval;
use feedback_pipeline::evaluate::{FileEvaluation, Leakage, QuestionFigures};

/// Formats a fraction as a percentage: 0.8123 as `81.2 %`.
pub fn percent(fraction: f64) -> String {
    format!("{:.1} %", 100.0 * fraction)
}

pub(crate) fn interval(interval: Interval) -> String {
    let confidence = (100.0 * interval.confidence).round();
    format!(
        "{confidence} % interval {} to {}",
        percent(interval.low),
        percent(interval.high)
    )
}

/// Formats an evaluation: headline, report, other scores, confusion matrix, calibration, leakage.
///
/// # Errors
///
/// The report cannot be created; this does not happen with at least one row.
pub fn evaluation(measured: &FileEvaluation) -> anyhow::Result<String> {
    let found = &measured.figures;
    let weighted = found
        .weighted_f1_interval
        .map(|range| format!(" ({})", interval(range)))
        .unwrap_or_default();
    let mut text = format!(
        "{} rows: accuracy {} ({}), weighted F1 {}{weighted}, macro F1 {}\n\n{}\n",
        found.n,
        percent(found.accuracy),
        interval(found.accuracy_interval),
        percent(found.weighted.f1),
        percent(found.macro_average.f1),
        found.classification_report()?,
    );
    for note in found.notes() {
        text += &format!("note: {note}\n\n");
    }
    text += &other_scores(found);
    text += &confusion_matrix(found);
    text += &format!(
        "\ncalibration: expected error {:.3}, Brier score {:.3}, log loss {:.3}, temperature {:.3}\n",
        found.calibration.ece,
        found.calibration.brier_score,
        found.calibration.log_loss,
        found.calibration.temperature
    );
    text += &leakage(&measured.leakage, found.n);
    text += &answers(&measured.answers);
    Ok(text)
}

/// Formats how well further questions are answered.
fn answers(questions: &[QuestionFigures]) -> String {
    let line = |found: &QuestionFigures| {
        let unknown = match found.n_unknown {
            0 => String::new(),
            n => format!("; {n} rows with a label that the model does not know are left out"),
        };
        format!(
            "{}: {} rows, {} right ({}), macro F1 {}, micro F1 {}{unknown}\n",
            found.question,
            found.n,
            percent(found.accuracy),
            interval(found.accuracy_interval),
            percent(found.macro_f1),
            percent(found.micro_f1),
        )
    };
    match questions {
        [] => String::new(),
        _ => format!(
            "\nfurther questions:\n{}",
            questions.iter().map(line).collect::<String>()
        ),
    }
}

/// Formats the scores that scikit-learn's report does not contain.
fn other_scores(found: &Evaluation) -> String {
    let number = |value: Option<f64>| value.map_or("undefined".to_owned(), |value| format!("{value:.3}"));
    format!(
        "balanced accuracy {}, Matthews correlation {}, Cohen's kappa {}\n\
         ROC-AUC {} macro, {} weighted; average precision {} macro, {} weighted\n\n",
        percent(found.balanced_accuracy),
        number(found.matthews_corrcoef),
        number(found.cohen_kappa),
        number(found.roc_auc.macro_average),
        number(found.roc_auc.weighted),
        number(found.average_precision.macro_average),
        number(found.average_precision.weighted),
    )
}

pub(crate) fn leakage(found: &Leakage, n: u64) -> String {
    if !found.known {
        return "leakage: unknown, the model folder has no fingerprints of its training data\n".into();
    }
    format!(
        "leakage: {} of {n} texts are in the training data, {} in the validation data\n",
        found.in_train, found.in_validation
    )
}

fn confusion_matrix(found: &Evaluation) -> String {
    let names = &found.label_order;
    let name_width = names
        .iter()
        .map(|name| name.chars().count())
        .max()
        .unwrap_or(0)
        .max(6);
    let count_width = found
        .confusion_matrix
        .iter()
        .flatten()
        .map(|count| count.to_string().len())
        .max();
    let width = count_width.unwrap_or(1).max(names.len().to_string().len() + 1) + 2;
    let mut text = format!(
        "confusion matrix (rows true, columns predicted)\n{:>name_width$}",
        ""
    );
    for column in 1..=names.len() {
        text += &format!("{:>width$}", format!("#{column}"));
    }
    for (index, (name, row)) in names.iter().zip(&found.confusion_matrix).enumerate() {
        text += &format!("\n{name:>name_width$}");
        row.iter().for_each(|count| text += &format!("{count:>width$}"));
        text += &format!("  #{}", index + 1);
    }
    text + "\n"
}

/// Formats the summary line about corrections.
pub fn corrections(found: &CorrectionsSummary) -> String {
    let decisions: Vec<String> = found
        .decisions
        .iter()
        .map(|(decision, count)| format!("{count} {}", decision.words()))
        .collect();
    let decisions = match decisions.is_empty() {
        true => "no answers".to_owned(),
        false => decisions.join(", "),
    };
    let late = match found.unread {
        0 => String::new(),
        1 => "; 1 answer came after the last epoch had begun and was not used".to_owned(),
        unread => format!("; {unread} answers came after the last epoch had begun and were not used"),
    };
    format!("\ncorrections: {decisions}{late}\n")
}

/// Formats a comparison: the table of the contenders, the notes and the verdicts.
pub fn comparison(found: &ComparisonReport) -> String {
    let width = found
        .contenders
        .iter()
        .map(|contender| contender.name.chars().count())
        .max()
        .unwrap_or(0)
        .max(5);
    let mut text = format!(
        "{} test rows\n\n{:<width$}  {:>8}  {:>17}  {:>11}  {:>8}  {:>5}  {:>7}\n",
        found.n, "model", "accuracy", "95 % interval", "weighted F1", "macro F1", "ECE", "seconds"
    );
    for contender in &found.contenders {
        let result = &contender.evaluation.figures;
        let range = result.accuracy_interval;
        text += &format!(
            "{:<width$}  {:>8}  {:>17}  {:>11}  {:>8}  {:>5.3}  {:>7.2}\n",
            contender.name,
            percent(result.accuracy),
            format!("{} – {}", percent(range.low), percent(range.high)),
            percent(result.weighted.f1),
            percent(result.macro_average.f1),
            result.calibration.ece,
            contender.fit_seconds + contender.predict_seconds,
        );
    }
    text.push('\n');
    for note in found.notes() {
        text += &format!("{note}\n");
    }
    text.push('\n');
    for verdict in &found.verdicts {
        text += &format!("{}\n", verdict.sentence);
    }
    text
}

/// Formats a prediction: the label, then all scores.
pub fn prediction(text: &str, found: &Prediction) -> String {
    let shown = shortened(text, 80);
    let mut lines = format!(
        "{shown}\n  {} ({})",
        found.predicted_label,
        percent(found.confidence)
    );
    match found.abstain_reason {
        Some(AbstainReason::NoKnownToken) => {
            lines += ", but the model knows no token of the text: check by hand";
        }
        Some(_) => lines += ", below the model's threshold: check by hand",
        None => {}
    }
    if found.unfamiliar == Some(true) {
        lines += ", unlike the training texts: perhaps no label fits";
    }
    if found.truncated {
        lines += ", text was cut to the model's maximum length";
    }
    if let Some(windows) = found.windows {
        let InWindows {
            count,
            deciding,
            start,
            end,
        } = windows;
        lines +=
            &format!(", read in {count} windows; window {deciding} decided: characters {start} to {end}");
    }
    lines.push('\n');
    for score in &found.scores {
        lines += &format!("    {:<20} {:>7}\n", score.label, percent(score.score));
    }
    for answer in &found.answers {
        let labels = answer
            .labels
            .iter()
            .map(|label| format!("{} ({})", label.label, percent(label.score)));
        let labels = labels.collect::<Vec<_>>().join(", ");
        let labels = if labels.is_empty() {
            "none".to_owned()
        } else {
            labels
        };
        lines += &format!("  {}: {labels}\n", answer.question);
    }
    lines
}

/// Maximum number of words of an explanation to show.
const SHOWN_WORDS: usize = 10;

/// Formats the words with the highest absolute scores for the label, with their positions in code points.
pub fn explanation(found: &Explanation) -> String {
    let mut text = format!(
        "  most important words for {}, by {}\n",
        found.label, found.method
    );
    let ranked = found.ranked();
    for word in ranked.iter().take(SHOWN_WORDS) {
        let place = format!("{}..{}", word.start, word.end);
        let shown = shortened(&word.word, 20);
        text += &format!("    {shown:<20} {:>+7.3}  {place:>8}\n", word.score);
    }
    if let Some(rest) = ranked.len().checked_sub(SHOWN_WORDS).filter(|rest| *rest > 0) {
        text += &format!("    and {rest} more\n");
    }
    text
}

/// Returns at most `max` code points of a text, with control characters replaced by spaces.
pub(crate) fn shortened(text: &str, max: usize) -> String {
    let shown = text.chars().take(max);
    shown
        .map(|character| if character.is_control() { ' ' } else { character })
        .collect()
}
