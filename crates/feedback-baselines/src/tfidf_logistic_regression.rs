//! TF-IDF with logistic regression: the baseline that a fine-tuned model has to beat.

use crate::error::Result;
use crate::labels::{check_length, count_labels};
use crate::logistic_regression::{LogisticRegression, LogisticRegressionConfig};
use crate::matrix::DesignMatrix;
use crate::tfidf::TfidfVectorizer;

/// A [`TfidfVectorizer`] followed by a [`LogisticRegression`].
///
/// Both are fitted on the training texts only. With the defaults this is scikit-learn's
/// `make_pipeline(TfidfVectorizer(), LogisticRegression(max_iter=1000))`.
///
/// # Examples
///
/// ```
/// use feedback_baselines::TfidfLogisticRegression;
///
/// let texts = ["it crashes", "crashes again", "love it", "love this app"];
/// let model = TfidfLogisticRegression::fit(&texts, &[0, 0, 1, 1], 2)?;
/// let probabilities = model.predict_probabilities(&["It crashes on start", "I love it"]);
/// assert!(probabilities[0] > probabilities[1]);
/// assert!(probabilities[2] < probabilities[3]);
/// # Ok::<(), feedback_baselines::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct TfidfLogisticRegression {
    vectorizer: TfidfVectorizer,
    classifier: LogisticRegression,
}

impl TfidfLogisticRegression {
    /// Fits both parts with the default settings; labels are class ids below `n_classes`.
    ///
    /// # Errors
    ///
    /// If there are no rows, `n_classes` is 0, a label is not below `n_classes`, labels and texts differ in
    /// length, or no text contains a token.
    pub fn fit<S: AsRef<str>>(texts: &[S], labels: &[usize], n_classes: usize) -> Result<Self> {
        Self::fit_with(texts, labels, n_classes, &LogisticRegressionConfig::default())
    }

    /// Like [`Self::fit`], with the given settings for the classifier.
    ///
    /// # Errors
    ///
    /// The same as for [`Self::fit`], and if a setting is out of range.
    pub fn fit_with<S: AsRef<str>>(
        texts: &[S],
        labels: &[usize],
        n_classes: usize,
        config: &LogisticRegressionConfig,
    ) -> Result<Self> {
        check_length(labels, texts.len(), "texts")?;
        // Labels are checked before the vectorizer is fitted, so that a wrong label is reported before an empty
        // vocabulary.
        count_labels(labels, n_classes)?;
        let vectorizer = TfidfVectorizer::fit(texts)?;
        let features = DesignMatrix::from(vectorizer.transform(texts));
        let classifier = LogisticRegression::fit(&features, labels, n_classes, config)?;
        Ok(Self {
            vectorizer,
            classifier,
        })
    }

    /// Returns the probability of each class for each text, row-major `[texts.len(), n_classes]`.
    ///
    /// For a text without any known token, the probabilities depend only on the intercepts.
    pub fn predict_probabilities<S: AsRef<str>>(&self, texts: &[S]) -> Vec<f64> {
        self.classifier
            .probabilities(&self.vectorizer.transform(texts).into())
    }

    /// Returns the vectorizer, with its vocabulary.
    pub fn vectorizer(&self) -> &TfidfVectorizer {
        &self.vectorizer
    }

    /// Returns the classifier, with its weights and the reason why its fit ended.
    pub fn classifier(&self) -> &LogisticRegression {
        &self.classifier
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Error;

    #[test]
    fn repeated_fits_are_bitwise_identical() {
        let texts: Vec<String> = (0..60)
            .map(|i| format!("word{} word{} word{}", i % 7, i % 5, i % 3))
            .collect();
        let labels: Vec<usize> = (0..60).map(|i| i % 3).collect();
        let first = TfidfLogisticRegression::fit(&texts, &labels, 3).unwrap();
        assert_eq!(TfidfLogisticRegression::fit(&texts, &labels, 3).unwrap(), first);
        assert!(first.classifier().stop().is_converged());
    }

    #[test]
    fn texts_without_known_words_get_probabilities() {
        let texts = ["slow app", "", "great app", "!", "great"];
        let model = TfidfLogisticRegression::fit(&texts, &[0, 0, 1, 0, 1], 3).unwrap();
        let probabilities = model.predict_probabilities(&["", "unseen words", "👍"]);
        assert_eq!(probabilities[..3], probabilities[3..6]);
        assert_eq!(probabilities[..3], probabilities[6..]);
        assert!(
            probabilities[0] > 0.5 && probabilities[2] == 0.0,
            "{probabilities:?}"
        );
        let none: [&str; 0] = [];
        assert!(model.predict_probabilities(&none).is_empty());
    }

    #[test]
    fn a_single_class_is_always_predicted() {
        let model = TfidfLogisticRegression::fit(&["slow app"], &[1], 2).unwrap();
        assert_eq!(model.predict_probabilities(&["", "slow"]), [0.0, 1.0, 0.0, 1.0]);
    }

    #[test]
    fn unusable_input_is_refused() {
        let fit = |texts: &[&str], labels: &[usize], n_classes| {
            TfidfLogisticRegression::fit(texts, labels, n_classes)
                .map(|_| ())
                .unwrap_err()
        };
        assert_eq!(fit(&[], &[], 2), Error::NoRows { what: "labels" });
        let longer = Error::LengthMismatch {
            found: 2,
            expected: 1,
            reference: "texts",
        };
        assert_eq!(fit(&["an app"], &[0, 1], 2), longer);
        assert_eq!(fit(&["", "?"], &[0, 1], 2), Error::EmptyVocabulary { n_texts: 2 });
        let out_of_range = Error::LabelOutOfRange {
            row: 1,
            label: 7,
            n_classes: 2,
        };
        assert_eq!(fit(&["", "?"], &[0, 7], 2), out_of_range);
        assert_eq!(fit(&["an app"], &[0], 0), Error::NoClasses);
    }
}
