//! Moré and Thuente's line search, which finds the step length of a descent method.
//!
//! It looks for a step that satisfies the strong Wolfe conditions. The constants, the first bracket and the stopping rules are
//! those of L-BFGS-B, so that a fit takes the same steps as in SciPy.
//!
//! # References
//!
//! J. J. Moré and D. J. Thuente, "Line search algorithms with guaranteed sufficient decrease",
//! ACM Transactions on Mathematical Software 20(3), 1994. Section 2 describes the interval
//! update, section 4 the trial value.

/// μ: the function must decrease by at least this fraction of the decrease that the slope at 0 predicts.
const SUFFICIENT_DECREASE: f64 = 1e-3;
/// η: the absolute slope must be at most this fraction of the absolute slope at 0.
const CURVATURE: f64 = 0.9;
/// The search ends if the bracket is narrower than this fraction of its upper end.
const RELATIVE_WIDTH: f64 = 0.1;
/// The maximum step length.
const MAX_STEP: f64 = 1e10;
/// The maximum number of function evaluations.
const MAX_EVALUATIONS: usize = 50;

/// The value and the slope of the function along the line, at one step length.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Point {
    pub(crate) step: f64,
    pub(crate) value: f64,
    pub(crate) slope: f64,
}

impl Point {
    /// Returns this point of the function minus the line through the origin with the given slope.
    fn minus_line(self, slope: f64) -> Self {
        Self {
            step: self.step,
            value: self.value - self.step * slope,
            slope: self.slope - slope,
        }
    }
}

/// Finds an acceptable step. Returns `None` if the slope at the start is not negative, the first step or the function is not
/// finite, or the maximum number of evaluations is reached.
///
/// `evaluate` returns value and slope at a step. The returned point is always the last point that was evaluated.
pub(crate) fn search(
    start: Point,
    first_step: f64,
    mut evaluate: impl FnMut(f64) -> (f64, f64),
) -> Option<Point> {
    if start.slope.is_nan() || start.slope >= 0.0 || !first_step.is_finite() {
        return None;
    }
    let mut bracket = Bracket::new(start, first_step);
    let mut step = first_step.min(MAX_STEP);
    for _ in 0..MAX_EVALUATIONS {
        let (value, slope) = evaluate(step);
        if !value.is_finite() || !slope.is_finite() {
            return None;
        }
        let trial = Point { step, value, slope };
        if bracket.is_final(trial) {
            return Some(trial);
        }
        step = bracket.narrow(trial);
    }
    None
}

/// The interval that contains an acceptable step, as soon as such an interval is known (`closed`).
struct Bracket {
    start: Point,
    /// The end with the smaller value; the function decreases from here towards the acceptable step.
    best: Point,
    /// The other end; only used if `closed` is true.
    other: Point,
    closed: bool,
    /// Whether the search is in its first stage, where it works on the function minus the line of sufficient decrease.
    first_stage: bool,
    shortest: f64,
    longest: f64,
    width: f64,
    width_before: f64,
}

impl Bracket {
    fn new(start: Point, first_step: f64) -> Self {
        Self {
            start,
            best: start,
            other: start,
            closed: false,
            first_stage: true,
            shortest: 0.0,
            longest: first_step + 4.0 * first_step,
            width: MAX_STEP,
            width_before: 2.0 * MAX_STEP,
        }
    }

    fn sufficient_slope(&self) -> f64 {
        SUFFICIENT_DECREASE * self.start.slope
    }

    fn decreases_enough(&self, trial: Point) -> bool {
        trial.value <= self.start.value + trial.step * self.sufficient_slope()
    }

    /// Returns whether the trial satisfies the Wolfe conditions, or no better step can be found.
    fn is_final(&self, trial: Point) -> bool {
        let decreases = self.decreases_enough(trial);
        let is_flat = trial.slope.abs() <= CURVATURE * -self.start.slope;
        let is_longest = trial.step == MAX_STEP && decreases && trial.slope <= self.sufficient_slope();
        let is_shortest = trial.step == 0.0 && (!decreases || trial.slope >= self.sufficient_slope());
        decreases && is_flat || self.is_exhausted(trial.step) || is_longest || is_shortest
    }

    fn is_exhausted(&self, step: f64) -> bool {
        let is_outside = step <= self.shortest || step >= self.longest;
        let is_narrow = self.longest - self.shortest <= RELATIVE_WIDTH * self.longest;
        self.closed && (is_outside || is_narrow)
    }

    /// Updates the bracket with the trial and returns the next step to try.
    fn narrow(&mut self, trial: Point) -> f64 {
        if self.first_stage && self.decreases_enough(trial) && trial.slope >= 0.0 {
            self.first_stage = false;
        }
        let is_lower = trial.value <= self.best.value;
        let step = if self.first_stage && is_lower && !self.decreases_enough(trial) {
            let line = self.sufficient_slope();
            self.update(trial, |point| point.minus_line(line))
        } else {
            self.update(trial, |point| point)
        };
        let step = self.force_progress(step);
        self.set_limits(step);
        let step = step.clamp(0.0, MAX_STEP);
        if self.is_exhausted(step) {
            self.best.step
        } else {
            step
        }
    }

    /// Moves the ends of the interval, and returns the minimum of an interpolation as the next step.
    ///
    /// `view` converts a point to the function on which the decisions are based.
    fn update(&mut self, trial: Point, view: impl Fn(Point) -> Point) -> f64 {
        let (best, other, seen) = (view(self.best), view(self.other), view(trial));
        let is_worse = seen.value > best.value;
        let is_past_minimum = seen.slope * best.slope.signum() < 0.0;
        let step = if is_worse {
            closer(seen, best)
        } else if is_past_minimum {
            farther(seen, best)
        } else if seen.slope.abs() < best.slope.abs() {
            self.flattening(seen, best, other)
        } else if self.closed {
            cubic_minimum(seen, other).step
        } else if seen.step > best.step {
            self.longest
        } else {
            self.shortest
        };
        if is_worse {
            self.other = trial;
        } else {
            if is_past_minimum {
                self.other = self.best;
            }
            self.best = trial;
        }
        self.closed |= is_worse || is_past_minimum;
        step
    }

    /// Returns the next step if the slope has the same sign as at `best` but is flatter, so that the minimum may lie beyond the
    /// trial.
    fn flattening(&self, trial: Point, best: Point, other: Point) -> f64 {
        let cubic = cubic_minimum(trial, best);
        let cubic = if cubic.lies_ahead {
            cubic.step
        } else if trial.step > best.step {
            self.longest
        } else {
            self.shortest
        };
        let secant = secant_minimum(trial, best);
        let cubic_is_closer = (cubic - trial.step).abs() < (secant - trial.step).abs();
        if !self.closed {
            let step = if cubic_is_closer { secant } else { cubic };
            return step.min(self.longest).max(self.shortest);
        }
        let step = if cubic_is_closer { cubic } else { secant };
        let limit = trial.step + 0.66 * (other.step - trial.step);
        if trial.step > best.step {
            step.min(limit)
        } else {
            step.max(limit)
        }
    }

    /// Bisects the interval if the last two steps together did not shrink it to less than 66 %.
    fn force_progress(&mut self, step: f64) -> f64 {
        if !self.closed {
            return step;
        }
        let width = (self.other.step - self.best.step).abs();
        let shrinks = width < 0.66 * self.width_before;
        self.width_before = self.width;
        self.width = width;
        if shrinks {
            step
        } else {
            self.best.step + 0.5 * (self.other.step - self.best.step)
        }
    }

    fn set_limits(&mut self, step: f64) {
        if self.closed {
            self.shortest = self.best.step.min(self.other.step);
            self.longest = self.best.step.max(self.other.step);
        } else {
            self.shortest = step + 1.1 * (step - self.best.step);
            self.longest = step + 4.0 * (step - self.best.step);
        }
    }
}

/// Returns the next step if the value of the trial is too high: the minimum of the cubic if it is closer to `best` than the
/// minimum of the parabola; otherwise the midpoint of the two minima.
fn closer(trial: Point, best: Point) -> f64 {
    let cubic = cubic_minimum(best, trial).step;
    let distance = trial.step - best.step;
    let fall = (best.value - trial.value) / distance + best.slope;
    let parabola = best.step + best.slope / fall / 2.0 * distance;
    if (cubic - best.step).abs() < (parabola - best.step).abs() {
        cubic
    } else {
        cubic + (parabola - cubic) / 2.0
    }
}

/// Returns the next step if the slope has changed its sign: of the two interpolated minima, the one farther from the trial.
fn farther(trial: Point, best: Point) -> f64 {
    let cubic = cubic_minimum(trial, best).step;
    let secant = secant_minimum(trial, best);
    if (cubic - trial.step).abs() > (secant - trial.step).abs() {
        cubic
    } else {
        secant
    }
}

/// Returns the step at which the straight line through both slopes is zero.
fn secant_minimum(trial: Point, best: Point) -> f64 {
    trial.step + trial.slope / (trial.slope - best.slope) * (best.step - trial.step)
}

/// The minimum of a cubic, and whether it lies beyond `from`, in the direction away from `to`.
struct CubicMinimum {
    step: f64,
    lies_ahead: bool,
}

/// Returns the minimum of the cubic that has the values and slopes of both points.
fn cubic_minimum(from: Point, to: Point) -> CubicMinimum {
    let distance = to.step - from.step;
    let theta = 3.0 * (from.value - to.value) / distance + from.slope + to.slope;
    let scale = theta.abs().max(from.slope.abs()).max(to.slope.abs());
    let discriminant = (theta / scale).powi(2) - (from.slope / scale) * (to.slope / scale);
    let gamma = (scale * discriminant.max(0.0).sqrt()).copysign(distance);
    let ratio = (gamma - from.slope + theta) / (gamma - from.slope + gamma + to.slope);
    CubicMinimum {
        step: from.step + ratio * distance,
        lies_ahead: ratio < 0.0 && gamma != 0.0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Searches from 0 and checks the strong Wolfe conditions; returns the number of evaluations.
    fn check(name: &str, first_step: f64, function: impl Fn(f64) -> (f64, f64)) -> usize {
        let (value, slope) = function(0.0);
        let start = Point {
            step: 0.0,
            value,
            slope,
        };
        let mut evaluations = 0;
        let found = search(start, first_step, |step| {
            evaluations += 1;
            function(step)
        });
        let found = found.unwrap_or_else(|| panic!("{name} from {first_step}: no step"));
        let bound = value + SUFFICIENT_DECREASE * found.step * slope;
        assert!(
            found.value <= bound,
            "{name} from {first_step}: no sufficient decrease at {found:?}"
        );
        assert!(
            found.slope.abs() <= -CURVATURE * slope,
            "{name} from {first_step}: steep at {found:?}"
        );
        assert_eq!(function(found.step), (found.value, found.slope));
        evaluations
    }

    #[test]
    fn steps_satisfy_the_wolfe_conditions() {
        for first_step in [1e-3, 1e-1, 1.0, 10.0, 1e3] {
            check("parabola", first_step, |x| ((x - 2.0).powi(2), 2.0 * (x - 2.0)));
            check("exponential", first_step, |x| {
                ((-x).exp() + x / 8.0, -(-x).exp() + 0.125)
            });
            // The first function of section 5 of the paper, with β = 2.
            check("hyperbola", first_step, |x| {
                let denominator = x * x + 2.0;
                (-x / denominator, (x * x - 2.0) / denominator.powi(2))
            });
            check("waves", first_step, |x| {
                (
                    0.1 * x * x - x - 0.3 * (5.0 * x).sin(),
                    0.2 * x - 1.0 - 1.5 * (5.0 * x).cos(),
                )
            });
        }
    }

    #[test]
    fn a_good_first_step_is_taken_at_once() {
        let evaluations = check("parabola", 2.0, |x| ((x - 2.0).powi(2), 2.0 * (x - 2.0)));
        assert_eq!(evaluations, 1);
    }

    #[test]
    fn hopeless_searches_end() {
        let uphill = Point {
            step: 0.0,
            value: 0.0,
            slope: 1.0,
        };
        assert_eq!(search(uphill, 1.0, |x| (x, 1.0)), None);
        let downhill = Point {
            slope: -1.0,
            ..uphill
        };
        assert_eq!(search(downhill, 1.0, |_| (f64::NAN, -1.0)), None);
        assert_eq!(search(downhill, f64::INFINITY, |x| (-x, -1.0)), None);
        // The slope is negative, but the values only increase.
        let liar = search(downhill, 1.0, |x| (x, -1.0));
        assert!(liar.is_none_or(|point| point.step < 1e-6), "{liar:?}");
        // A function that decreases without end is followed to the maximum step.
        let endless = search(downhill, 1.0, |x| (-x, -1.0)).unwrap();
        assert_eq!(endless.step, MAX_STEP);
    }
}
