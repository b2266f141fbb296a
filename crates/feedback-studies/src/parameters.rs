//! The arguments that a sweep tries.

use std::path::Path;

use chacha20::ChaCha8Rng;
use feedback_trainer::TrainingArguments;
use rand::{RngExt, SeedableRng};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::error::{Error, Result};

/// More trials than this are most likely a typing mistake.
const MAX_TRIALS: usize = 10_000;

/// How values are combined.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SearchMethod {
    /// All combinations of the listed values; the last parameter changes fastest.
    #[default]
    Grid,
    /// A given number of combinations; each value is drawn independently.
    Random,
}

/// The values of one argument.
#[derive(Debug, Clone, PartialEq)]
pub enum Parameter {
    /// One of the listed values.
    Values(Vec<Value>),
    /// A number from `low` to `high`, both included; an integer if both limits are integers.
    Range {
        /// The minimum.
        low: f64,
        /// The maximum.
        high: f64,
        /// Whether the number is drawn on a logarithmic scale.
        log: bool,
        /// Whether the number is an integer.
        whole: bool,
    },
}

/// A sweep, as described in a TOML file.
///
/// ```toml
/// method = "random"   # or "grid", the default, which takes lists only
/// trials = 20         # random only
/// seed = 1            # random only; default 42
///
/// [parameters]        # by Hugging Face's names
/// learning_rate = { low = 1e-5, high = 1e-3, scale = "log" }
/// warmup_ratio = { low = 0.0, high = 0.2 }
/// num_train_epochs = [2, 3, 4]
/// ```
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Search {
    /// How values are combined.
    pub method: SearchMethod,
    /// Number of combinations that a random search draws; 0 for a grid.
    pub trials: usize,
    /// Seed of a random search.
    pub seed: u64,
    /// The arguments and their values, in the order of the file.
    pub parameters: Vec<(String, Parameter)>,
}

/// The content of the TOML file, before it is checked.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SearchFile {
    #[serde(default)]
    method: SearchMethod,
    trials: Option<usize>,
    seed: Option<u64>,
    parameters: Map<String, Value>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RangeFile {
    low: f64,
    high: f64,
    #[serde(default)]
    scale: Scale,
}

#[derive(Deserialize, Default, PartialEq)]
#[serde(rename_all = "snake_case")]
enum Scale {
    #[default]
    Linear,
    Log,
}

impl Search {
    /// Reads a TOML file.
    ///
    /// # Errors
    ///
    /// The file cannot be read, or [`Error::SearchFile`] with the name of the invalid key.
    pub fn read(path: &Path) -> Result<Self> {
        let text = fs_err::read_to_string(path)?;
        Self::parse(&text).map_err(|reason| {
            let path = path.to_owned();
            Error::SearchFile { path, reason }
        })
    }

    fn parse(text: &str) -> std::result::Result<Self, String> {
        let file: SearchFile = toml::from_str(text).map_err(|error| error.to_string().trim().to_owned())?;
        let random = file.method == SearchMethod::Random;
        let trials = match (random, file.trials) {
            (true, Some(trials)) if (1..=MAX_TRIALS).contains(&trials) => trials,
            (true, _) => {
                return Err(format!(
                    "`trials`: a random search needs a number from 1 to {MAX_TRIALS}"
                ));
            }
            (false, Some(_)) => return Err("`trials`: a grid tries every combination".into()),
            (false, None) => 0,
        };
        if file.parameters.is_empty() {
            return Err("`parameters` is empty".into());
        }
        let parameters = file.parameters.into_iter().map(|(name, value)| {
            let parameter = Parameter::parse(value, random).map_err(|why| format!("`{name}`: {why}"))?;
            Ok((name, parameter))
        });
        let search = Self {
            method: file.method,
            trials,
            seed: file.seed.unwrap_or(42),
            parameters: parameters.collect::<std::result::Result<_, String>>()?,
        };
        let combinations = search.combinations();
        if !random && combinations > MAX_TRIALS as f64 {
            return Err(format!(
                "the grid has {combinations:.0} combinations, more than {MAX_TRIALS}"
            ));
        }
        Ok(search)
    }

    /// Returns the number of different combinations; infinite if a parameter is a range.
    fn combinations(&self) -> f64 {
        let counts = self.parameters.iter().map(|(_, parameter)| match parameter {
            Parameter::Values(values) => values.len() as f64,
            Parameter::Range { .. } => f64::INFINITY,
        });
        counts.product()
    }

    /// Returns the combinations to try, the same ones on every call. A random search never repeats a combination, so it may
    /// return fewer than `trials`.
    pub fn assignments(&self) -> Vec<Map<String, Value>> {
        match self.method {
            SearchMethod::Grid => self.grid(),
            SearchMethod::Random => self.draws(),
        }
    }

    fn grid(&self) -> Vec<Map<String, Value>> {
        let mut all = vec![Map::new()];
        for (name, parameter) in &self.parameters {
            let Parameter::Values(values) = parameter else {
                continue; // a grid has no ranges
            };
            let with = |before: &Map<String, Value>, value: &Value| {
                let mut after = before.clone();
                after.insert(name.clone(), value.clone());
                after
            };
            all = all
                .iter()
                .flat_map(|before| values.iter().map(move |value| with(before, value)))
                .collect();
        }
        all
    }

    fn draws(&self) -> Vec<Map<String, Value>> {
        let mut rng = ChaCha8Rng::seed_from_u64(self.seed);
        let mut all: Vec<Map<String, Value>> = Vec::new();
        let wanted = self.combinations().min(self.trials as f64) as usize;
        // The number of draws is limited: once most combinations are drawn, new ones come up rarely. A grid tries all.
        for _ in 0..self.trials.saturating_mul(100) {
            if all.len() == wanted {
                break;
            }
            let draw: Map<String, Value> = self
                .parameters
                .iter()
                .map(|(name, parameter)| (name.clone(), parameter.draw(&mut rng)))
                .collect();
            if !all.contains(&draw) {
                all.push(draw);
            }
        }
        all
    }
}

impl Parameter {
    fn parse(value: Value, ranges_allowed: bool) -> std::result::Result<Self, String> {
        match value {
            Value::Array(values) if values.is_empty() => Err("the list is empty".into()),
            Value::Array(values) => Ok(Self::Values(values)),
            Value::Object(range) if ranges_allowed => Self::range(range),
            Value::Object(_) => Err("a grid takes lists; a range needs `method = \"random\"`".into()),
            single => Err(format!("expected a list or a range, found `{single}`")),
        }
    }

    fn range(range: Map<String, Value>) -> std::result::Result<Self, String> {
        let is_whole = |name: &str| {
            range
                .get(name)
                .is_some_and(|value| value.is_i64() || value.is_u64())
        };
        let whole = is_whole("low") && is_whole("high");
        let RangeFile { low, high, scale } =
            serde_json::from_value(Value::Object(range)).map_err(|error| error.to_string())?;
        let log = scale == Scale::Log;
        if !(low.is_finite() && high.is_finite() && low < high) {
            return Err(format!("`low` must be below `high`, found {low} and {high}"));
        }
        if log && low <= 0.0 {
            return Err(format!(
                "on a logarithmic scale `low` must be above 0, found {low}"
            ));
        }
        Ok(Self::Range {
            low,
            high,
            log,
            whole,
        })
    }

    fn draw(&self, rng: &mut ChaCha8Rng) -> Value {
        match self {
            Self::Values(values) => values[rng.random_range(0..values.len())].clone(),
            &Self::Range {
                low,
                high,
                log,
                whole,
            } => {
                let even = rng.random::<f64>();
                let between = |low: f64, high: f64| low + even * (high - low);
                // Extended by half a unit on either side, so that `low` and `high` are as probable as other integers.
                let (low, high, ends) = if whole {
                    (low - 0.5, high + 0.5, Some((low, high)))
                } else {
                    (low, high, None)
                };
                let drawn = match log {
                    true => between(low.ln(), high.ln()).exp(),
                    false => between(low, high),
                };
                match ends {
                    Some((min, max)) => (drawn.round().clamp(min, max) as i64).into(),
                    None => drawn.clamp(low, high).into(),
                }
            }
        }
    }
}

/// Returns the arguments of a trial: `base` with the values of `parameters`.
///
/// # Errors
///
/// [`Error::Parameter`] if an argument is unknown or cannot be varied, or if its value has the wrong type; the errors of
/// [`TrainingArguments::check`].
pub(crate) fn with_parameters(
    base: &TrainingArguments,
    parameters: &Map<String, Value>,
) -> Result<TrainingArguments> {
    let refuse = |reason: String| Error::Parameter { reason };
    let Value::Object(mut all) = serde_json::to_value(base).map_err(std::io::Error::from)? else {
        return Err(refuse("the arguments are not a table".into()));
    };
    for (name, value) in parameters {
        match name.as_str() {
            "seed" => {
                let reason = "`seed` cannot be varied; `seeds` trains each trial several times";
                return Err(refuse(reason.into()));
            }
            "metric_for_best_model" | "greater_is_better" => {
                let reason = format!("`{name}` cannot be varied, because trials are compared by it");
                return Err(refuse(reason));
            }
            _ => {}
        }
        if !all.contains_key(name) {
            let known: Vec<&str> = all.keys().map(String::as_str).collect();
            let reason = format!(
                "there is no argument `{name}`, expected one of {}",
                known.join(", ")
            );
            return Err(refuse(reason));
        }
        all.insert(name.clone(), value.clone());
    }
    let arguments: TrainingArguments = serde_json::from_value(Value::Object(all))
        .map_err(|error| refuse(format!("{}: {error}", Value::Object(parameters.clone()))))?;
    arguments.clone().check()?;
    Ok(arguments)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_grid_tries_all_combinations_in_the_order_of_the_file() {
        let search =
            Search::parse("[parameters]\nnum_train_epochs = [1, 2]\nlearning_rate = [0.1, 0.2, 0.3]")
                .unwrap();
        let all = search.assignments();
        assert_eq!(all.len(), 6);
        assert_eq!(
            Value::from(all[0].clone()),
            json!({"num_train_epochs": 1, "learning_rate": 0.1})
        );
        assert_eq!(
            Value::from(all[4].clone()),
            json!({"num_train_epochs": 2, "learning_rate": 0.2})
        );
    }

    const RANDOM: &str = "method = 'random'\ntrials = 200\nseed = 3\n[parameters]\n\
        learning_rate = { low = 1e-5, high = 1e-3, scale = 'log' }\n\
        warmup_ratio = { low = 0.0, high = 0.2 }\n\
        num_train_epochs = { low = 1, high = 3 }\n\
        per_device_train_batch_size = [8, 16]";

    #[test]
    fn draws_stay_within_their_ranges_and_repeat_with_the_seed() {
        let search = Search::parse(RANDOM).unwrap();
        let all = search.assignments();
        assert_eq!(all.len(), 200);
        assert_eq!(all, search.assignments());
        assert_ne!(
            all,
            Search {
                seed: 4,
                ..search.clone()
            }
            .assignments()
        );
        let base = TrainingArguments::default();
        let (mut small, mut epochs) = (0, [0; 4]);
        for assignment in &all {
            let arguments = with_parameters(&base, assignment).unwrap();
            assert!((1e-5..=1e-3).contains(&arguments.learning_rate));
            assert!((0.0..=0.2).contains(&arguments.warmup_ratio));
            small += usize::from(arguments.learning_rate < 1e-4);
            epochs[arguments.num_train_epochs] += 1;
        }
        assert!(
            (70..=130).contains(&small),
            "half of the draws are below the middle of the scale: {small}"
        );
        assert!(
            epochs[0] == 0 && epochs[1..].iter().all(|&count| count > 40),
            "{epochs:?}"
        );
    }

    #[test]
    fn few_combinations_are_tried_once_each() {
        let search =
            Search::parse("method = 'random'\ntrials = 50\n[parameters]\nnum_train_epochs = [1, 2, 3]")
                .unwrap();
        assert_eq!(search.assignments().len(), 3);
    }

    #[test]
    fn errors_name_the_invalid_setting() {
        let cases = [
            ("[parameters]", "empty"),
            ("parameters = 3", "parameters"),
            ("trials = 3\n[parameters]\na = [1]", "`trials`"),
            ("method = 'random'\n[parameters]\na = [1]", "`trials`"),
            ("method = 'magic'\n[parameters]\na = [1]", "magic"),
            ("colour = 1\n[parameters]\na = [1]", "colour"),
            ("[parameters]\na = []", "`a`"),
            ("[parameters]\na = 3", "`a`"),
            ("[parameters]\na = { low = 1, high = 2 }", "random"),
            (
                "method = 'random'\ntrials = 1\n[parameters]\na = { low = 2, high = 1 }",
                "below",
            ),
            (
                "method = 'random'\ntrials = 1\n[parameters]\na = { low = 0, high = 1, scale = 'log' }",
                "above 0",
            ),
            (
                "method = 'random'\ntrials = 1\n[parameters]\na = { from = 0, high = 1 }",
                "from",
            ),
            (
                "[parameters]\na = [1,2,3,4,5,6,7,8,9,10,11]\nb = [1,2,3,4,5,6,7,8,9,10,11]\nc = [1,2,3,4,5,6,7,8,9,10,11]\nd = [1,2,3,4,5,6,7,8,9,10,11]",
                "14641",
            ),
        ];
        for (text, part) in cases {
            let message = Search::parse(text).unwrap_err();
            assert!(message.contains(part), "{text}: {message}");
        }
        let base = TrainingArguments::default();
        let refused = |parameters: Value| {
            let Value::Object(parameters) = parameters else {
                panic!()
            };
            with_parameters(&base, &parameters).unwrap_err().to_string()
        };
        assert!(refused(json!({"learning_rat": 0.1})).contains("learning_rate"));
        assert!(refused(json!({"learning_rate": "high"})).contains("high"));
        assert!(refused(json!({"learning_rate": -1.0})).contains("learning_rate"));
        assert!(refused(json!({"seed": 1})).contains("`seeds`"));
        assert!(refused(json!({"metric_for_best_model": "loss"})).contains("compared by"));
        assert!(refused(json!({"greater_is_better": false})).contains("compared by"));
    }
}
