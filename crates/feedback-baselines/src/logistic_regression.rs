//! Multinomial logistic regression with an L2 penalty.

use crate::error::{Error, Result};
use crate::labels::{check_length, count_labels};
use crate::lbfgs::{self, Stop};
use crate::matrix::DesignMatrix;
use crate::objective::Objective;
use crate::softmax::Link;

/// The settings of a [`LogisticRegression`].
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub struct LogisticRegressionConfig {
    /// The inverse strength of the penalty, `C`: a smaller `C` gives smaller weights. It must be above 0; the default
    /// is 1, as in scikit-learn.
    pub c: f64,
    /// The fit ends if no entry of the gradient of the mean loss is larger than this. It must be above 0; the
    /// default is 1e-4, as in scikit-learn. With many classes, each entry is small from the start, so the fit
    /// ends slightly before the minimum. Over a hundred steps, rounding errors accumulate, so two implementations (or
    /// scikit-learn with two different numbers of threads) end at different points within the tolerance; with 1e-7,
    /// they agree.
    pub tolerance: f64,
    /// The maximum number of solver steps; the default is 1000. (scikit-learn's default is 100, with a warning
    /// if 100 steps are not enough.)
    pub max_iterations: usize,
}

impl Default for LogisticRegressionConfig {
    fn default() -> Self {
        Self {
            c: 1.0,
            tolerance: 1e-4,
            max_iterations: 1000,
        }
    }
}

impl LogisticRegressionConfig {
    fn check(&self) -> Result<()> {
        for (field, found) in [("c", self.c), ("tolerance", self.tolerance)] {
            if !found.is_finite() || found <= 0.0 {
                let expected = "a finite number above 0";
                return Err(Error::Config {
                    field,
                    found,
                    expected,
                });
            }
        }
        Ok(())
    }
}

/// A linear classifier with softmax probabilities.
///
/// With rows `xᵢ`, labels `yᵢ`, weights `w` and intercepts `b` of the `K` classes, the fit minimises
///
/// `1/n · Σᵢ −ln softmax(W xᵢ + b)[yᵢ] + 1/(2 C n) · ‖W‖²`
///
/// which has the same minimum as scikit-learn's `C · Σᵢ lossᵢ + ½ ‖W‖²`. The intercepts are not
/// penalised. For two classes there is, as in scikit-learn, one weight vector `w` and
/// `P(second class) = 1 / (1 + exp(−w · x − b))`; its penalty is `‖w‖²`, so the result differs from a softmax over
/// two penalised vectors. The solver is L-BFGS, starting from zeros; nothing is random, and the result does
/// not depend on the number of threads.
///
/// Unlike scikit-learn, the fit also accepts classes without training rows, which get probability 0, and training
/// rows of a single class, which is then predicted for every row.
///
/// # Examples
///
/// ```
/// use feedback_baselines::{DenseMatrix, LogisticRegression, LogisticRegressionConfig};
///
/// let heights = DenseMatrix::new(1, vec![1.0, 2.0, 8.0, 9.0])?.into();
/// let config = LogisticRegressionConfig::default();
/// let model = LogisticRegression::fit(&heights, &[0, 0, 1, 1], 2, &config)?;
/// let probabilities = model.predict_probabilities(&DenseMatrix::new(1, vec![7.0])?.into())?;
/// assert!(probabilities[1] > 0.8);
/// # Ok::<(), feedback_baselines::Error>(())
/// ```
///
/// # References
///
/// `scikit-learn: sklearn/linear_model/_logistic.py, _linear_loss.py` (1.9).
#[derive(Debug, Clone, PartialEq)]
pub struct LogisticRegression {
    n_features: usize,
    n_classes: usize,
    /// The class ids that occurred in training, ascending.
    classes: Vec<usize>,
    link: Link,
    /// Weights `[n_features, n_outputs]`, then intercepts `[n_outputs]`.
    parameters: Vec<f64>,
    n_iterations: usize,
    stop: Stop,
}

impl LogisticRegression {
    /// Fits the classifier to features and their labels, which are class ids below `n_classes`.
    ///
    /// # Errors
    ///
    /// If there are no rows, `n_classes` is 0, a label is not below `n_classes`, labels and features differ in
    /// length, or a setting is out of range.
    pub fn fit(
        features: &DesignMatrix,
        labels: &[usize],
        n_classes: usize,
        config: &LogisticRegressionConfig,
    ) -> Result<Self> {
        Self::fit_from(None, features, labels, n_classes, config)
    }

    /// Like [`LogisticRegression::fit`], but starts from the parameters of this model, which was fitted to the same features and
    /// labels, for example with another `C`. The minimum is the same, but is usually reached in fewer steps.
    ///
    /// # Errors
    ///
    /// Those of [`LogisticRegression::fit`], and [`Error::FeatureCount`] or [`Error::ClassCount`] if the number of columns, or of
    /// classes with rows, differs from this model's.
    pub fn refit(
        &self,
        features: &DesignMatrix,
        labels: &[usize],
        config: &LogisticRegressionConfig,
    ) -> Result<Self> {
        Self::fit_from(Some(self), features, labels, self.n_classes, config)
    }

    fn fit_from(
        before: Option<&Self>,
        features: &DesignMatrix,
        labels: &[usize],
        n_classes: usize,
        config: &LogisticRegressionConfig,
    ) -> Result<Self> {
        config.check()?;
        check_length(labels, features.n_rows(), "features")?;
        let counts = count_labels(labels, n_classes)?;
        let classes: Vec<usize> = (0..n_classes).filter(|&class| counts[class] > 0).collect();
        let positions: Vec<usize> = labels
            .iter()
            .map(|label| classes.partition_point(|class| class < label))
            .collect();
        let link = Link::for_classes(classes.len());
        let penalty = 1.0 / (config.c * labels.len() as f64);
        let mut objective = Objective::new(features, &positions, link, penalty);
        let n_parameters = objective.n_parameters();
        let start = match before {
            Some(before) if before.parameters.len() == n_parameters => before.parameters.clone(),
            Some(before) if before.n_features != features.n_columns() => {
                return Err(Error::FeatureCount {
                    found: features.n_columns(),
                    expected: before.n_features,
                });
            }
            Some(before) => {
                return Err(Error::ClassCount {
                    found: classes.len(),
                    expected: before.classes.len(),
                });
            }
            None => vec![0.0; n_parameters],
        };
        let minimum = lbfgs::minimize(start, config.tolerance, config.max_iterations, |at, gradient| {
            objective.evaluate(at, gradient)
        });
        Ok(Self {
            n_features: features.n_columns(),
            n_classes,
            classes,
            link,
            parameters: minimum.parameters,
            n_iterations: minimum.n_iterations,
            stop: minimum.stop,
        })
    }

    /// Returns the probability of each class for each row, row-major `[n_rows, n_classes]`.
    ///
    /// # Errors
    ///
    /// If the number of columns differs from that of the training features.
    pub fn predict_probabilities(&self, features: &DesignMatrix) -> Result<Vec<f64>> {
        let found = features.n_columns();
        if found != self.n_features {
            return Err(Error::FeatureCount {
                found,
                expected: self.n_features,
            });
        }
        Ok(self.probabilities(features))
    }

    /// Like [`Self::predict_probabilities`], but without checking the number of columns.
    pub(crate) fn probabilities(&self, features: &DesignMatrix) -> Vec<f64> {
        let mut probabilities = vec![0.0; features.n_rows() * self.n_classes];
        for (row, out) in probabilities.chunks_exact_mut(self.n_classes).enumerate() {
            let mut scores = self.intercepts().to_vec();
            features.add_scores(row, self.weights(), &mut scores);
            for (&class, probability) in self.classes.iter().zip(self.link.probabilities(scores)) {
                out[class] = probability;
            }
        }
        probabilities
    }

    /// Returns the weights, `[n_features, n_outputs]`: scikit-learn's `coef_`, transposed.
    ///
    /// `n_outputs` is the number of classes in training, or 1 for two classes.
    pub fn weights(&self) -> &[f64] {
        &self.parameters[..self.n_features * self.link.n_outputs()]
    }

    /// Returns the intercepts, `[n_outputs]`.
    pub fn intercepts(&self) -> &[f64] {
        &self.parameters[self.n_features * self.link.n_outputs()..]
    }

    /// Returns the ids of the classes that occurred in training, ascending.
    pub fn classes(&self) -> &[usize] {
        &self.classes
    }

    /// Returns the number of solver steps.
    pub fn n_iterations(&self) -> usize {
        self.n_iterations
    }

    /// Returns why the solver stopped.
    pub fn stop(&self) -> Stop {
        self.stop
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::majority::MajorityClass;
    use crate::matrix::{CsrMatrix, DenseMatrix};

    const EXACT: LogisticRegressionConfig = LogisticRegressionConfig {
        c: 1.0,
        tolerance: 1e-12,
        max_iterations: 1000,
    };

    fn dense(n_columns: usize, values: &[f64]) -> DesignMatrix {
        DenseMatrix::new(n_columns, values.to_vec()).unwrap().into()
    }

    /// Four classes in the plane; class 1 has no row.
    fn plane() -> (DesignMatrix, [usize; 8]) {
        let values = [
            0.0, 0.1, 0.3, -0.2, 5.0, 0.0, 4.0, 1.0, 0.0, 6.0, 1.0, 5.0, -0.4, 0.2, 3.0, 3.0,
        ];
        (dense(2, &values), [0, 0, 2, 2, 3, 3, 0, 3])
    }

    fn assert_close(found: &[f64], expected: &[f64], tolerance: f64) {
        assert_eq!(found.len(), expected.len());
        for (found, expected) in found.iter().zip(expected) {
            assert!((found - expected).abs() <= tolerance, "{found} {expected}");
        }
    }

    /// If the features have no information, the unpenalised intercepts fit the class frequencies.
    #[test]
    fn empty_rows_give_the_class_frequencies() {
        let features = CsrMatrix::from_rows(3, &vec![vec![]; 6]).unwrap().into();
        for (labels, n_classes) in [
            ([0, 1, 1, 1, 1, 1], 2),
            ([0, 1, 2, 2, 2, 1], 3),
            ([3, 1, 3, 3, 3, 3], 4),
        ] {
            let model = LogisticRegression::fit(&features, &labels, n_classes, &EXACT).unwrap();
            let found = model.predict_probabilities(&features).unwrap();
            let expected = MajorityClass::fit(&labels, n_classes)
                .unwrap()
                .predict_probabilities(6);
            assert_close(&found, &expected, 1e-6);
            assert!(model.weights().iter().all(|&weight| weight == 0.0));
        }
    }

    /// At the minimum, `Σᵢ (pᵢ − yᵢ) xᵢ + w / C` and `Σᵢ (pᵢ − yᵢ)` are 0 for each class.
    #[test]
    fn the_minimum_satisfies_its_conditions() {
        let (features, labels) = plane();
        let DesignMatrix::Dense(rows) = &features else {
            panic!("dense")
        };
        for c in [0.1, 1.0, 20.0] {
            let config = LogisticRegressionConfig { c, ..EXACT };
            let model = LogisticRegression::fit(&features, &labels, 4, &config).unwrap();
            assert!(model.stop().is_converged());
            assert_eq!(model.classes(), [0, 2, 3]);
            let probabilities = model.predict_probabilities(&features).unwrap();
            for (output, class) in [(0, 0), (1, 2), (2, 3)] {
                let mut sums = [model.weights()[output] / c, model.weights()[3 + output] / c, 0.0];
                for (row, &label) in labels.iter().enumerate() {
                    let residual = probabilities[row * 4 + class] - f64::from(label == class);
                    sums[0] += residual * rows.row(row)[0];
                    sums[1] += residual * rows.row(row)[1];
                    sums[2] += residual;
                }
                // The solver stops if the loss is flat to 64 ε; the gradient is then about √(64 ε).
                assert_close(&sums, &[0.0; 3], 1e-6);
            }
        }
    }

    #[test]
    fn absent_classes_have_probability_0_and_rows_sum_to_1() {
        let (features, labels) = plane();
        let config = LogisticRegressionConfig::default();
        let model = LogisticRegression::fit(&features, &labels, 5, &config).unwrap();
        let probabilities = model.predict_probabilities(&features).unwrap();
        for (row, &label) in probabilities.chunks(5).zip(&labels) {
            assert_close(&[row.iter().sum()], &[1.0], 1e-15);
            assert_eq!((row[1], row[4]), (0.0, 0.0));
            assert!(row.iter().all(|&probability| probability <= row[label]));
        }
    }

    #[test]
    fn a_single_class_in_training_is_always_predicted() {
        let config = LogisticRegressionConfig::default();
        let model = LogisticRegression::fit(&dense(1, &[1.0, 2.0]), &[1, 1], 3, &config).unwrap();
        assert_eq!((model.n_iterations(), model.stop()), (0, Stop::GradientTolerance));
        let probabilities = model.predict_probabilities(&dense(1, &[-5.0, 1e6])).unwrap();
        assert_eq!(probabilities, [0.0, 1.0, 0.0, 0.0, 1.0, 0.0]);
    }

    #[test]
    fn a_refit_finds_the_same_minimum_in_fewer_steps() {
        let (features, labels) = plane();
        let fit =
            |c| LogisticRegression::fit(&features, &labels, 4, &LogisticRegressionConfig { c, ..EXACT });
        let (near, cold) = (fit(1.9).unwrap(), fit(2.0).unwrap());
        let config = LogisticRegressionConfig { c: 2.0, ..EXACT };
        let warm = near.refit(&features, &labels, &config).unwrap();
        assert_close(warm.weights(), cold.weights(), 1e-5);
        assert!(warm.n_iterations() < cold.n_iterations());
        let narrow = dense(1, &[0.0; 8]);
        assert!(matches!(
            near.refit(&narrow, &labels, &config),
            Err(Error::FeatureCount { .. })
        ));
    }

    #[test]
    fn a_fit_reports_that_it_reached_the_iteration_limit() {
        let (features, labels) = plane();
        let config = LogisticRegressionConfig {
            max_iterations: 2,
            ..EXACT
        };
        let model = LogisticRegression::fit(&features, &labels, 4, &config).unwrap();
        assert_eq!((model.n_iterations(), model.stop()), (2, Stop::IterationLimit));
    }

    #[test]
    fn extreme_features_end_without_a_panic() {
        let config = LogisticRegressionConfig::default();
        for scale in [1e-300, 1e30, 1e150, 1e300] {
            let features = dense(1, &[-scale, scale, 0.5 * scale]);
            for labels in [[0, 1, 1], [0, 1, 2]] {
                let model = LogisticRegression::fit(&features, &labels, 3, &config).unwrap();
                let probabilities = model.predict_probabilities(&features).unwrap();
                assert!(
                    probabilities.iter().all(|p| (0.0..=1.0).contains(p)),
                    "{scale}: {probabilities:?}"
                );
            }
        }
    }

    #[test]
    fn unusable_input_is_refused() {
        let config = LogisticRegressionConfig::default();
        let features = dense(1, &[1.0, 2.0, 3.0]);
        let fit = |labels: &[usize], n_classes, config: &LogisticRegressionConfig| {
            LogisticRegression::fit(&features, labels, n_classes, config)
                .map(|_| ())
                .unwrap_err()
        };
        let short = Error::LengthMismatch {
            found: 2,
            expected: 3,
            reference: "features",
        };
        assert_eq!(fit(&[0, 1], 2, &config), short);
        let out_of_range = Error::LabelOutOfRange {
            row: 2,
            label: 2,
            n_classes: 2,
        };
        assert_eq!(fit(&[0, 1, 2], 2, &config), out_of_range);
        assert_eq!(fit(&[0, 0, 0], 0, &config), Error::NoClasses);
        for c in [0.0, -1.0, f64::NAN, f64::INFINITY] {
            let error = fit(&[0, 1, 1], 2, &LogisticRegressionConfig { c, ..config });
            assert!(matches!(error, Error::Config { field: "c", .. }), "{error}");
        }
        let empty = LogisticRegression::fit(&dense(1, &[]), &[], 2, &config);
        assert_eq!(empty, Err(Error::NoRows { what: "labels" }));
        let model = LogisticRegression::fit(&features, &[0, 1, 1], 2, &config).unwrap();
        let wider = model.predict_probabilities(&dense(2, &[1.0, 2.0]));
        assert_eq!(
            wider,
            Err(Error::FeatureCount {
                found: 2,
                expected: 1
            })
        );
    }
}
