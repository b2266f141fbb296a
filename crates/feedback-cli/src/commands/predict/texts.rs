//! Predicts the texts that are given as arguments.

use std::borrow::Cow;

use feedback_clean::Masking;
use feedback_inference::{
    AnyClassifier, Classifier, ExplainMethod, Explanation, MultiLabelClassifier, MultiLabelPrediction,
    Prediction,
};
use serde::Serialize;

use crate::arguments::OutputFormat;
use crate::{exit, multi_label, output, show};

/// The texts, and what to print of their predictions.
pub(super) struct GivenTexts<'a> {
    pub(super) texts: &'a [String],
    pub(super) format: OutputFormat,
    /// How to explain the predictions, if that is asked for.
    pub(super) explain: Option<ExplainMethod>,
    /// The label to explain; with `None`, the predicted one.
    pub(super) label: Option<&'a str>,
    /// How to replace personal data in the texts that are printed; `None` prints them as they are.
    pub(super) masking: Option<Masking>,
}

/// A prediction as `--format json` prints it.
#[derive(Serialize)]
struct Explained<P> {
    #[serde(flatten)]
    prediction: P,
    #[serde(skip_serializing_if = "Option::is_none")]
    explanation: Option<Explanation>,
}

impl GivenTexts<'_> {
    /// Prints the predictions, and returns the exit code.
    pub(super) fn predict(&self, model: &AnyClassifier) -> anyhow::Result<u8> {
        match model {
            AnyClassifier::SingleLabel(model) => self.one_label(model)?,
            AnyClassifier::MultiLabel(model) => self.several_labels(model)?,
        }
        Ok(exit::OK)
    }

    fn one_label(&self, model: &Classifier) -> anyhow::Result<()> {
        let predictions = model.predict_many(self.texts)?;
        let explained = self.explained(predictions, |text, method| match self.label {
            Some(label) => model.explain_label(text, method, label),
            None => model.explain(text, method),
        });
        self.print(&explained?, |text, found: &Prediction| {
            show::prediction(text, found)
        })
    }

    fn several_labels(&self, model: &MultiLabelClassifier) -> anyhow::Result<()> {
        let predictions = model.predict_many(self.texts)?;
        let explained = self.explained(predictions, |text, method| match self.label {
            Some(label) => model.explain_label(text, method, label),
            None => model.explain(text, method),
        });
        self.print(&explained?, |text, found: &MultiLabelPrediction| {
            multi_label::prediction(text, found)
        })
    }

    /// Adds an explanation to each prediction, if that is asked for.
    fn explained<P>(
        &self,
        predictions: Vec<P>,
        explain: impl Fn(&str, ExplainMethod) -> feedback_inference::Result<Explanation>,
    ) -> feedback_inference::Result<Vec<Explained<P>>> {
        let with_explanation = |(text, prediction): (&String, P)| {
            let explanation = self.explain.map(|method| explain(text, method));
            Ok(Explained {
                prediction,
                explanation: explanation.transpose()?,
            })
        };
        self.texts.iter().zip(predictions).map(with_explanation).collect()
    }

    fn print<P: Serialize>(
        &self,
        explained: &Vec<Explained<P>>,
        render: impl Fn(&str, &P) -> String,
    ) -> anyhow::Result<()> {
        if self.format == OutputFormat::Json {
            return output::print_json(explained);
        }
        for (text, one) in self.texts.iter().zip(explained) {
            let text = match &self.masking {
                Some(masking) => masking.mask(text),
                None => Cow::Borrowed(text.as_str()),
            };
            let why = one.explanation.as_ref().map(show::explanation);
            output::print(render(&text, &one.prediction) + &why.unwrap_or_default() + "\n")?;
        }
        Ok(())
    }
}
