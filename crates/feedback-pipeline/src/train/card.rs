//! The model card: `README.md` of a model folder, in Hugging Face's format.

use std::collections::BTreeMap;
use std::fmt::Write;

use feedback_bert::config::Pooling;
use feedback_bert::folder::FeedbackManifest;
use feedback_clean::Step;
use feedback_corrections::CorrectionsSummary;
use feedback_dataset::personal_data::mask_personal_data;
use feedback_metrics::statistics::{Estimate, Score};
use serde_json::Value;

use crate::data::{LeakPolicy, PreparedData};
use crate::evaluate::FileEvaluation;
use crate::train::settings::{BaseModel, TrainOptions};

/// Maximum length of an example in the table of labels, in characters.
const MAX_EXAMPLE_LENGTH: usize = 120;

/// The progress of training, for the card.
#[derive(Clone, Copy)]
pub(crate) enum CardProgress {
    /// The encoder was trained.
    Steps {
        global_step: usize,
        epoch: f64,
        model_step: usize,
    },
    /// Only a linear classifier was fitted, with this inverse strength of the penalty.
    Head { c: f64 },
}

/// The contents of the card.
pub(crate) struct Card<'a> {
    pub(crate) options: &'a TrainOptions,
    pub(crate) data: &'a PreparedData,
    pub(crate) manifest: &'a FeedbackManifest,
    pub(crate) progress: CardProgress,
    pub(crate) validation: &'a BTreeMap<String, f64>,
    pub(crate) test: Option<&'a FileEvaluation>,
    pub(crate) corrections: Option<&'a CorrectionsSummary>,
}

impl Card<'_> {
    /// Returns the text of the card, starting with the metadata for the Hugging Face Hub.
    ///
    /// The example for each label is a training text, shortened, with email addresses, telephone numbers, card numbers and
    /// account numbers masked.
    pub(crate) fn text(&self) -> String {
        let name = self.name();
        [
            self.front_matter(&name),
            format!("# {}\n\n{}", escape(&name), self.summary()),
            self.labels(),
            self.metrics(),
            self.data(),
            self.training(),
            self.use_and_limits(),
        ]
        .join("\n")
    }

    /// Returns true for a linear classifier on a frozen encoder.
    fn is_head(&self) -> bool {
        matches!(self.progress, CardProgress::Head { .. })
    }

    fn is_for_transformers(&self) -> bool {
        !self.is_head() && self.manifest.pooling == Pooling::Cls
    }

    fn name(&self) -> String {
        let last = self.options.output.model.file_name().unwrap_or_default();
        last.to_string_lossy().into_owned()
    }

    /// Returns the metadata as YAML. Strings are written as JSON, which is valid YAML.
    fn front_matter(&self, name: &str) -> String {
        let mut text = String::from("---\n");
        if self.is_for_transformers() {
            text += "library_name: transformers\n";
        }
        text += "pipeline_tag: text-classification\ntags:\n- text-classification\n- feedback\n- bert\n";
        // The hub name of a local folder is unknown.
        if let BaseModel::Hub { id, .. } = &self.options.model.base {
            text += &format!("base_model: {}\n", quoted(id));
        }
        text += "metrics:\n- accuracy\n- f1\n";
        if let Some(test) = self.test {
            let metric = |kind: &str, name: &str, value: f64| {
                format!("    - type: {kind}\n      name: {name}\n      value: {value:.4}\n")
            };
            let dataset = quoted(&format!("{} (test)", self.file_names().join(", ")));
            text += &format!(
                "model-index:\n- name: {}\n  results:\n  - task:\n      type: text-classification\n    dataset:\n      \
                 type: feedback\n      name: {dataset}\n      split: test\n    metrics:\n",
                quoted(name)
            );
            text += &metric("accuracy", "Accuracy", test.figures.accuracy);
            text += &metric("f1", "Weighted F1", test.figures.weighted.f1);
            text += &metric("f1", "Macro F1", test.figures.macro_average.f1);
        }
        text + "---\n"
    }

    fn summary(&self) -> String {
        let manifest = self.manifest;
        let start = match &self.options.model.base {
            _ if self.is_head() => format!(
                "a linear classifier on the vectors of `{}` and on token n-grams",
                manifest.base_model
            ),
            BaseModel::Builtin | BaseModel::Folder(_) | BaseModel::Hub { .. } => {
                format!("fine-tuned from `{}`", manifest.base_model)
            }
            BaseModel::Scratch(_) => format!("trained from scratch (`{}`)", manifest.base_model),
        };
        format!(
            "A BERT classifier that sorts feedback into {} labels, {start}. {}{}\n",
            self.data.labels.len(),
            self.long_texts(),
            self.cleaning()
        )
    }

    fn long_texts(&self) -> String {
        let max_length = self.manifest.max_length;
        match self.manifest.long_texts.overlap() {
            None => format!("It reads up to {max_length} tokens of a text and ignores the rest."),
            Some(overlap) => format!(
                "It reads {max_length} tokens of a text at once, and longer texts in windows that have {overlap} tokens in common; \
                 the logits of a text are the mean of those of its windows."
            ),
        }
    }

    fn cleaning(&self) -> String {
        let steps: Vec<&str> = self.manifest.cleaning.steps().map(Step::name).collect();
        match steps.as_slice() {
            [] => String::new(),
            steps => format!(
                " Texts are cleaned before it reads them: `{}`.",
                steps.join("`, `")
            ),
        }
    }

    fn labels(&self) -> String {
        let mut text = String::from("## Labels\n\n| label | training rows | example |\n|---|---|---|\n");
        let train = &self.data.train;
        for (class, label) in self.data.labels.names().iter().enumerate() {
            let rows: Vec<&str> = (0..train.len())
                .filter(|&row| train.labels[row] == class)
                .map(|row| train.texts[row].as_str())
                .collect();
            let short = rows
                .iter()
                .find(|text| text.chars().count() <= MAX_EXAMPLE_LENGTH);
            let example = short
                .or(rows.first())
                .map(|text| example(text))
                .unwrap_or_default();
            let _ = writeln!(text, "| {} | {} | {example} |", escape(label), rows.len());
        }
        text
    }

    fn metrics(&self) -> String {
        let Some(test) = self.test else {
            return self.validation_only();
        };
        let figures = &test.figures;
        let with_interval = |score: Score| {
            let Estimate { value, interval } = figures.estimate(score);
            match interval {
                Some(range) => format!("{value:.4} | {:.4} to {:.4}", range.low, range.high),
                None => format!("{value:.4} | –"),
            }
        };
        let leakage = &test.leakage;
        let leaked = leakage.in_train + leakage.in_validation > 0;
        let unseen = if leaked {
            ""
        } else {
            ", which were used neither for training nor for selecting the model"
        };
        let mut text = format!(
            "## Metrics\n\nOn {} test rows{unseen}:\n\n\
             | metric | value | 95 % interval |\n|---|---|---|\n\
             | accuracy | {} |\n| weighted F1 | {} |\n| macro F1 | {} |\n\
             | expected calibration error | {:.4} | – |\n\n\
             | label | precision | recall | F1 | rows |\n|---|---|---|---|---|\n",
            figures.n,
            with_interval(Score::Accuracy),
            with_interval(Score::WeightedF1),
            with_interval(Score::MacroF1),
            figures.calibration.ece,
        );
        for label in &figures.label_order {
            if let Some(scores) = figures.labels.get(label) {
                let _ = writeln!(
                    text,
                    "| {} | {:.4} | {:.4} | {:.4} | {} |",
                    escape(label),
                    scores.precision,
                    scores.recall,
                    scores.f1,
                    scores.support
                );
            }
        }
        let _ = writeln!(
            text,
            "\nThe interval of accuracy is a Wilson interval; the intervals of the F1 scores come from a bootstrap over distinct \
             texts. Of the test texts, {} occur in the training data and {} in the validation data{}.",
            leakage.in_train,
            leakage.in_validation,
            if leaked {
                ": **the scores are too high**"
            } else {
                ""
            }
        );
        text
    }

    fn validation_only(&self) -> String {
        let mut text = String::from(
            "## Metrics\n\nThere was no test set. The metrics below are from the validation rows. They are too high, because \
             the same rows selected the model:\n\n| metric | value |\n|---|---|\n",
        );
        for (name, value) in self.validation {
            let _ = writeln!(text, "| {name} | {value:.4} |");
        }
        text
    }

    fn file_names(&self) -> Vec<String> {
        let files = self.manifest.data["files"].as_array().into_iter().flatten();
        files
            .filter_map(|file| file["name"].as_str().map(str::to_owned))
            .collect()
    }

    fn data(&self) -> String {
        let mut text = String::from("## Data\n\n| file | SHA-256 |\n|---|---|\n");
        for file in self.manifest.data["files"].as_array().into_iter().flatten() {
            let field = |name: &str| escape(file[name].as_str().unwrap_or_default());
            let _ = writeln!(text, "| {} | {} |", field("name"), field("sha256"));
        }
        let data = self.data;
        let _ = write!(
            text,
            "\nRows: {} for training, {} for validation, {} for testing. ",
            data.train.len(),
            data.validation.len(),
            data.test.as_ref().map_or(0, |test| test.len())
        );
        text += &match (self.options.data.leak_policy, data.dropped) {
            (LeakPolicy::Allow, _) => {
                "Texts that occur in more than one of these sets were allowed.".to_owned()
            }
            (LeakPolicy::Drop, dropped) if dropped > 0 => {
                format!(
                    "{dropped} rows of training and validation were dropped because their texts also occur in validation or test."
                )
            }
            _ => "No text occurs in more than one of these sets.".to_owned(),
        };
        if data.near_leaked > 0 {
            let _ = write!(
                text,
                " {} held-out texts are near-duplicates of a training text.",
                data.near_leaked
            );
        }
        if let Some(corrections) = self.corrections {
            text += &corrected(corrections);
        }
        let count = |name: &str| self.manifest.fingerprints.get(name).map_or(0, Vec::len);
        let _ = writeln!(
            text,
            "\n\n### Fingerprints\n\n`feedback.json` has a 64-bit hash of each normalised text: {} of training, {} of \
             validation. From these hashes, `evaluate` reports how many rows of a file the model has seen; the texts cannot be \
             recovered. `feedback.json` also has the SHA-256 of every other file in this folder.",
            count("train"),
            count("validation")
        );
        text
    }

    fn training(&self) -> String {
        let trained = match self.progress {
            CardProgress::Steps {
                global_step,
                epoch,
                model_step,
            } => format!("{global_step} updates, {epoch:.2} epochs; the model is from update {model_step}."),
            CardProgress::Head { c } => format!(
                "A multinomial logistic regression with C = {c}, chosen by cross-validation, on the mean of the encoder's token \
                 vectors and on the TF-IDF of tokens and pairs of tokens. The encoder was not trained."
            ),
        };
        let mut text = format!(
            "## Training\n\n{trained} Seed {}. Before softmax, the logits are divided by \
             the temperature {:.4}, which was fitted on validation.\n\n\
             | argument | value |\n|---|---|\n| pooling | {} |\n| max_length | {} |\n",
            self.manifest.seed,
            self.manifest.temperature,
            self.manifest.pooling,
            self.options.model.max_length,
        );
        if self.is_head() {
            return text;
        }
        for (name, value) in self.options.training_recipe() {
            let _ = writeln!(
                text,
                "| {name} | {} |",
                escape(value.to_string().trim_matches('"'))
            );
        }
        text
    }

    fn use_and_limits(&self) -> String {
        let threshold = match self.manifest.abstain_below {
            Some(threshold) => format!(
                " Predictions with a confidence below {threshold:.4} are marked as abstained: have a person check them."
            ),
            None => String::new(),
        };
        let transformers = match self.manifest.pooling {
            _ if self.is_head() => {
                "The folder is not for Transformers, which would leave out the token n-grams."
            }
            Pooling::Mean => {
                "Transformers would add its own pooler before the classifier and compute different scores."
            }
            _ => {
                "`AutoModelForSequenceClassification.from_pretrained` in Transformers loads the folder as it is and \
                 computes the same probabilities if the logits are divided by the temperature."
            }
        };
        format!(
            "## Intended use\n\nSorting written feedback, similar to its training data, into the labels above, to count it, \
             to route it, or to prioritise it.{threshold}\n\n\
             ```sh\npredict --model FOLDER \"The export button does nothing\"\n```\n\n{transformers}\n\n\
             ## Limits\n\n\
             - The model gives every text one of the labels above, even if none fits.\n\
             - On feedback about another product, in another language or from another time, it may perform worse than the metrics \
             above.\n\
             - Every text gets exactly one label, even if it is about two subjects.\n\
             - Only the first {} tokens of a text are read.\n\
             - Labels with few training rows are learned poorly: see the rows of each label above.\n\
             - The model is not meant for decisions about people.\n",
            self.manifest.max_length
        )
    }
}

fn corrected(summary: &CorrectionsSummary) -> String {
    use feedback_corrections::Decision::{EntersTraining, LeavesMetrics, LeavesTraining, Relabelled};
    let count = |decision| summary.decisions.get(&decision).copied().unwrap_or(0);
    format!(
        " During training, people relabelled {} training rows, removed {} training rows, labelled {} new texts, and \
         removed {} validation rows from the metrics.",
        count(Relabelled),
        count(LeavesTraining),
        count(EntersTraining),
        count(LeavesMetrics)
    )
}

fn quoted(text: &str) -> String {
    Value::from(text).to_string()
}

/// Returns a training text as an example for the card: masked, on one line, shortened and escaped.
fn example(text: &str) -> String {
    let masked = mask_personal_data(text);
    let line: Vec<&str> = masked.split_whitespace().collect();
    let line = line.join(" ");
    let cut: String = line.chars().take(MAX_EXAMPLE_LENGTH).collect();
    let dots = if cut.len() < line.len() { " …" } else { "" };
    escape(&cut) + dots
}

/// Escapes text for a Markdown table.
fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '\\' | '`' | '*' | '_' | '[' | ']' | '|' | '#' | '~' => {
                escaped.push('\\');
                escaped.push(character);
            }
            '<' => escaped += "&lt;",
            '>' => escaped += "&gt;",
            '&' => escaped += "&amp;",
            control if control.is_control() => escaped.push(' '),
            other => escaped.push(other),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn examples_contain_no_personal_data_and_keep_tables_intact() {
        let shown = example("Write to anna@example.org | <b>now</b>\nor *never*");
        assert_eq!(
            shown,
            "Write to \\[email\\] \\| &lt;b&gt;now&lt;/b&gt; or \\*never\\*"
        );
        let long = example(&"word ".repeat(100));
        assert!(long.ends_with(" …") && long.chars().count() <= MAX_EXAMPLE_LENGTH + 2);
        assert_eq!(example("short"), "short");
    }

    #[test]
    fn strings_cannot_break_out_of_the_front_matter() {
        assert_eq!(quoted("a \"b\"\n---"), r#""a \"b\"\n---""#);
    }
}
