//! Limited-memory BFGS, which minimises a smooth function of many parameters.
//!
//! The direction comes from the two-loop recursion (J. Nocedal and S. J. Wright, "Numerical
//! Optimization", 2nd edition, algorithm 7.4), the step length from [`line_search`].
//! Memory length, first step, skipped updates, restart and stopping rules are the same as in L-BFGS-B
//! without bounds, which scikit-learn runs through `scipy.optimize.minimize(method="L-BFGS-B")`.

use std::collections::VecDeque;

use crate::line_search::{self, Point};
use crate::vector::{add_scaled, dot};

/// The number of steps kept in memory.
const MEMORY: usize = 10;
/// The loss counts as flat if a step lowers it by at most this fraction of the loss, or by at most this value if the loss is below
/// 1.
const FLAT: f64 = 64.0 * f64::EPSILON;

/// Why a fit ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Stop {
    /// Converged: the largest entry of the gradient is at most the tolerance.
    GradientTolerance,
    /// Converged as far as the floating-point precision allows: the last step lowered the loss by at most 64 ε,
    /// relative to the loss.
    FlatLoss,
    /// The iteration limit was reached before the fit converged. The fit is usable, but more iterations would improve
    /// it.
    IterationLimit,
    /// No step lowered the loss, for example because the features are extremely large. Scale the features.
    LineSearchFailed,
}

impl Stop {
    /// Returns whether the minimum was reached.
    pub fn is_converged(self) -> bool {
        matches!(self, Self::GradientTolerance | Self::FlatLoss)
    }
}

/// The result of a minimisation.
#[derive(Debug, Clone)]
pub(crate) struct Minimum {
    pub(crate) parameters: Vec<f64>,
    pub(crate) n_iterations: usize,
    pub(crate) stop: Stop,
}

/// Minimises a function, starting at `parameters`. `evaluate` returns the loss and writes its gradient.
pub(crate) fn minimize(
    parameters: Vec<f64>,
    tolerance: f64,
    max_iterations: usize,
    mut evaluate: impl FnMut(&[f64], &mut [f64]) -> f64,
) -> Minimum {
    let mut state = State::new(parameters, &mut evaluate);
    let mut n_iterations = 0;
    let stop = loop {
        if largest(&state.gradient) <= tolerance {
            break Stop::GradientTolerance;
        }
        if n_iterations == max_iterations {
            break Stop::IterationLimit;
        }
        let loss_before = state.loss;
        if !state.step(n_iterations == 0, &mut evaluate) {
            if state.memory.is_empty() {
                break Stop::LineSearchFailed;
            }
            state.memory.clear();
            continue;
        }
        n_iterations += 1;
        let scale = loss_before.abs().max(state.loss.abs()).max(1.0);
        if largest(&state.gradient) > tolerance && loss_before - state.loss <= FLAT * scale {
            break Stop::FlatLoss;
        }
    };
    Minimum {
        parameters: state.parameters,
        n_iterations,
        stop,
    }
}

/// A step and the change of the gradient along this step.
struct Pair {
    step: Vec<f64>,
    change: Vec<f64>,
    /// `step · change`, which is positive.
    curvature: f64,
}

struct State {
    parameters: Vec<f64>,
    loss: f64,
    gradient: Vec<f64>,
    memory: VecDeque<Pair>,
}

impl State {
    fn new(parameters: Vec<f64>, evaluate: &mut impl FnMut(&[f64], &mut [f64]) -> f64) -> Self {
        let mut gradient = vec![0.0; parameters.len()];
        let loss = evaluate(&parameters, &mut gradient);
        Self {
            parameters,
            loss,
            gradient,
            memory: VecDeque::with_capacity(MEMORY),
        }
    }

    /// Takes one step and returns true. If the line search fails, returns false and changes nothing.
    fn step(&mut self, is_first: bool, evaluate: &mut impl FnMut(&[f64], &mut [f64]) -> f64) -> bool {
        let mut direction = self.direction();
        let slope = dot(&self.gradient, &direction);
        let first_step = if is_first {
            1.0 / dot(&direction, &direction).sqrt()
        } else {
            1.0
        };
        let mut parameters = self.parameters.clone();
        let mut gradient = vec![0.0; self.gradient.len()];
        let start = Point {
            step: 0.0,
            value: self.loss,
            slope,
        };
        let found = line_search::search(start, first_step, |step| {
            parameters.copy_from_slice(&self.parameters);
            add_scaled(&mut parameters, step, &direction);
            let loss = evaluate(&parameters, &mut gradient);
            (loss, dot(&gradient, &direction))
        });
        let Some(found) = found else { return false };
        let mut change = std::mem::replace(&mut self.gradient, gradient);
        for (before, &now) in change.iter_mut().zip(&self.gradient) {
            *before = now - *before;
        }
        direction.iter_mut().for_each(|entry| *entry *= found.step);
        self.parameters = parameters;
        self.loss = found.value;
        let curvature = (found.slope - slope) * found.step;
        if curvature > f64::EPSILON * -slope * found.step {
            self.remember(Pair {
                step: direction,
                change,
                curvature,
            });
        }
        true
    }

    fn remember(&mut self, pair: Pair) {
        if self.memory.len() == MEMORY {
            self.memory.pop_front();
        }
        self.memory.push_back(pair);
    }

    /// Returns the negative gradient, multiplied by the approximation of the inverse Hessian from the remembered steps.
    fn direction(&self) -> Vec<f64> {
        let mut direction: Vec<f64> = self.gradient.iter().map(|entry| -entry).collect();
        let mut factors = Vec::with_capacity(MEMORY);
        for pair in self.memory.iter().rev() {
            let factor = dot(&pair.step, &direction) / pair.curvature;
            add_scaled(&mut direction, -factor, &pair.change);
            factors.push(factor);
        }
        if let Some(last) = self.memory.back() {
            let scale = last.curvature / dot(&last.change, &last.change);
            direction.iter_mut().for_each(|entry| *entry *= scale);
        }
        for (pair, factor) in self.memory.iter().zip(factors.iter().rev()) {
            let correction = dot(&pair.change, &direction) / pair.curvature;
            add_scaled(&mut direction, factor - correction, &pair.step);
        }
        direction
    }
}

/// Returns the largest absolute entry; NaN if an entry is NaN.
fn largest(gradient: &[f64]) -> f64 {
    gradient.iter().fold(0.0, |largest, entry| {
        let size = entry.abs();
        if size > largest || size.is_nan() {
            size
        } else {
            largest
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Rosenbrock's function, which has a curved valley. Its minimum is 0 at (1, 1).
    fn rosenbrock(x: &[f64], gradient: &mut [f64]) -> f64 {
        let (a, b) = (1.0 - x[0], x[1] - x[0] * x[0]);
        gradient[0] = -2.0 * a - 400.0 * x[0] * b;
        gradient[1] = 200.0 * b;
        a * a + 100.0 * b * b
    }

    #[test]
    fn follows_a_curved_valley_to_its_end() {
        let minimum = minimize(vec![-1.2, 1.0], 1e-8, 1000, rosenbrock);
        assert_eq!(minimum.stop, Stop::GradientTolerance);
        assert!(minimum.n_iterations < 60, "{}", minimum.n_iterations);
        for parameter in minimum.parameters {
            assert!((parameter - 1.0).abs() < 1e-8, "{parameter}");
        }
    }

    #[test]
    fn solves_a_badly_scaled_parabola() {
        let n = 50;
        let minimum = minimize(vec![0.0; n], 1e-9, 1000, |x, gradient| {
            let mut loss = 0.0;
            for i in 0..n {
                let curvature = 1.0 + (i * i) as f64;
                gradient[i] = curvature * (x[i] - i as f64);
                loss += 0.5 * gradient[i] * (x[i] - i as f64);
            }
            loss
        });
        assert!(minimum.stop.is_converged());
        for (i, parameter) in minimum.parameters.iter().enumerate() {
            assert!((parameter - i as f64).abs() < 1e-6, "{i}: {parameter}");
        }
    }

    #[test]
    fn says_why_it_stopped() {
        let at_the_minimum = minimize(vec![1.0, 1.0], 1e-4, 1000, rosenbrock);
        assert_eq!(
            (at_the_minimum.stop, at_the_minimum.n_iterations),
            (Stop::GradientTolerance, 0)
        );
        let limited = minimize(vec![-1.2, 1.0], 1e-8, 3, rosenbrock);
        assert_eq!((limited.stop, limited.n_iterations), (Stop::IterationLimit, 3));
        // The constant 1e9 is so large that every decrease is lost to rounding.
        let flat = minimize(vec![5.0], 1e-12, 1000, |x, gradient| {
            gradient[0] = 2e-9 * x[0];
            1e9 + 1e-9 * x[0] * x[0]
        });
        assert_eq!(flat.stop, Stop::FlatLoss);
        let broken = minimize(vec![1.0], 1e-8, 1000, |_, gradient| {
            gradient[0] = f64::NAN;
            f64::NAN
        });
        assert_eq!((broken.stop, broken.n_iterations), (Stop::LineSearchFailed, 0));
        assert_eq!(broken.parameters, [1.0]);
    }

    #[test]
    fn the_largest_entry_may_be_negative_or_nan() {
        assert_eq!(largest(&[1.0, -3.0, 2.0]), 3.0);
        assert!(largest(&[1.0, f64::NAN, 2.0]).is_nan());
    }
}
