//! Selects parts of a model by the names of their parameters, and freezes them.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use burn::module::{Module, ModuleVisitor, Param, ParamGroup, ParamId};
use burn::tensor::Tensor;

use crate::error::{Error, Result};

/// Parts of a model, written as `embeddings,encoder.layer.0-3`.
///
/// A parameter's [name](crate::Trainable::parameter_name) consists of steps joined by dots, and so
/// does each part. A part covers every parameter whose name contains all steps of the part,
/// consecutively and in this order, at any position. A step `0-3` means the numbers from 0 to 3,
/// inclusive.
///
/// ```
/// use feedback_trainer::Parts;
///
/// let parts: Parts = "embeddings,encoder.layer.0-3".parse()?;
/// assert!(parts.contains("bert.embeddings.LayerNorm.weight"));
/// assert!(parts.contains("bert.encoder.layer.3.output.dense.bias"));
/// assert!(!parts.contains("bert.encoder.layer.30.output.dense.bias"));
/// assert!(!parts.contains("classifier.weight"));
/// # Ok::<(), feedback_trainer::Error>(())
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Parts(Vec<Part>);

#[derive(Debug, Clone, PartialEq, Eq)]
struct Part(Vec<Step>);

#[derive(Debug, Clone, PartialEq, Eq)]
enum Step {
    Name(String),
    Numbers(usize, usize),
}

impl Parts {
    /// Returns whether the parameter with this name belongs to one of the parts.
    pub fn contains(&self, name: &str) -> bool {
        let steps: Vec<&str> = name.split('.').collect();
        self.0.iter().any(|part| part.matches(&steps))
    }

    /// Returns true if there are no parts.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Checks that every part matches at least one of these names. For a range, both ends must
    /// match one.
    pub(crate) fn check_known(&self, names: &[(ParamId, String)]) -> Result<()> {
        let unknown = self.0.iter().find(|part| {
            let exists = |part: &Part| {
                let matches = |name: &str| part.matches(&name.split('.').collect::<Vec<_>>());
                names.iter().any(|(_, name)| matches(name))
            };
            !part.ends().iter().all(exists)
        });
        if let Some(part) = unknown {
            return Err(Error::UnknownPart {
                part: part.to_string(),
                available: outline(names),
            });
        }
        Ok(())
    }

    /// Checks that every part is known and that at least one parameter stays trainable.
    fn check(&self, names: &[(ParamId, String)]) -> Result<()> {
        self.check_known(names)?;
        if names.iter().all(|(_, name)| self.contains(name)) {
            return Err(Error::AllFrozen {
                parts: self.to_string(),
            });
        }
        Ok(())
    }
}

impl FromStr for Parts {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        text.split(',')
            .map(|part| part.trim().parse())
            .collect::<Result<_>>()
            .map(Self)
    }
}

impl TryFrom<String> for Parts {
    type Error = Error;

    fn try_from(text: String) -> Result<Self> {
        text.parse()
    }
}

impl From<Parts> for String {
    fn from(parts: Parts) -> Self {
        parts.to_string()
    }
}

impl FromStr for Part {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        let invalid = || Error::Part {
            found: text.to_owned(),
        };
        let step = |step: &str| match step.split_once('-') {
            _ if step.is_empty() => Err(invalid()),
            None => Ok(Step::Name(step.to_owned())),
            Some((first, last)) => match (first.parse(), last.parse()) {
                (Ok(first), Ok(last)) if first <= last => Ok(Step::Numbers(first, last)),
                _ => Err(invalid()),
            },
        };
        text.split('.').map(step).collect::<Result<_>>().map(Self)
    }
}

impl Part {
    /// Returns two parts: this part with only the first number of each range, and with only the
    /// last one.
    fn ends(&self) -> [Self; 2] {
        let narrowed = |end: fn(usize, usize) -> usize| {
            let steps = self.0.iter().map(|step| match *step {
                Step::Numbers(first, last) => Step::Numbers(end(first, last), end(first, last)),
                Step::Name(ref name) => Step::Name(name.clone()),
            });
            Self(steps.collect())
        };
        [narrowed(|first, _| first), narrowed(|_, last| last)]
    }

    fn matches(&self, name: &[&str]) -> bool {
        name.windows(self.0.len())
            .any(|window| self.0.iter().zip(window).all(|(step, name)| step.matches(name)))
    }
}

impl Step {
    fn matches(&self, name: &str) -> bool {
        match self {
            Self::Name(step) => step == name,
            Self::Numbers(first, last) => name
                .parse()
                .is_ok_and(|number| (*first..=*last).contains(&number)),
        }
    }
}

impl fmt::Display for Parts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let parts: Vec<String> = self.0.iter().map(ToString::to_string).collect();
        f.write_str(&parts.join(","))
    }
}

impl fmt::Display for Part {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let steps: Vec<String> = self.0.iter().map(ToString::to_string).collect();
        f.write_str(&steps.join("."))
    }
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Name(step) => f.write_str(step),
            Self::Numbers(first, last) => write!(f, "{first}-{last}"),
        }
    }
}

/// Returns the number of trainable values: the elements of all parameters that are not frozen.
pub fn trainable_parameters<M: Module>(model: &M) -> usize {
    struct Count(usize);
    impl ModuleVisitor for Count {
        fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
            if param.is_require_grad() {
                self.0 += param.lazy_shape().num_elements();
            }
        }
    }
    let mut count = Count(0);
    // `is_require_grad` is meaningful only for a model with autodiff.
    model.clone().train().visit(&mut count);
    count.0
}

/// Returns each parameter's id and its path in the module.
pub(crate) fn parameter_paths<M: Module>(model: &M) -> Vec<(ParamId, String)> {
    #[derive(Default)]
    struct Collect {
        path: Vec<String>,
        found: Vec<(ParamId, String)>,
    }
    impl ModuleVisitor for Collect {
        fn enter_module(&mut self, name: &str, _container: &str) {
            self.path.push(name.to_owned());
        }
        fn exit_module(&mut self, _name: &str, _container: &str) {
            self.path.pop();
        }
        fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
            self.found.push((param.id, self.path.join(".")));
        }
    }
    let mut collect = Collect::default();
    model.visit(&mut collect);
    collect.found
}

/// Turns off the gradients of these parts, like `requires_grad = False` in PyTorch. Dropout stays
/// on in them.
///
/// `names` contains the id and name of each parameter; parts are matched against the names.
pub(crate) fn freeze<M: Module>(model: M, parts: &Parts, names: &[(ParamId, String)]) -> Result<M> {
    parts.check(names)?;
    let frozen = names.iter().filter(|(_, name)| parts.contains(name));
    let frozen = ParamGroup::from_ids(frozen.map(|&(id, _)| id).collect());
    Ok(model.set_require_grad_group(frozen, false))
}

/// Returns the names shortened for a message: up to and including the first number, or up to the
/// third step if there is no number.
fn outline(names: &[(ParamId, String)]) -> Vec<String> {
    let mut short: Vec<String> = Vec::new();
    for (_, name) in names {
        let mut steps: Vec<&str> = name.split('.').collect();
        steps.pop(); // `weight` or `bias`
        let numbered = steps.iter().position(|step| step.parse::<usize>().is_ok());
        steps.truncate(numbered.map_or(3, |at| at + 1));
        let stem = steps.join(".");
        if short.last() != Some(&stem) {
            short.push(stem);
        }
    }
    short
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parts(text: &str) -> Parts {
        text.parse().unwrap()
    }

    #[test]
    fn whole_steps_match_in_order() {
        let name = "bert.encoder.layer.2.attention.self.query.weight";
        for yes in [
            "encoder",
            "encoder.layer.2",
            "layer.0-2",
            "attention.self.query",
            "bert",
            "query,nothing",
        ] {
            assert!(parts(yes).contains(name), "{yes}");
        }
        for no in [
            "encode",
            "encoder.2",
            "layer.3-9",
            "layer.0-1",
            "self.attention",
            "weight.bias",
        ] {
            assert!(!parts(no).contains(name), "{no}");
        }
    }

    #[test]
    fn invalid_parts_are_errors() {
        for text in [
            "",
            "encoder..layer",
            "layer.3-1",
            "layer.a-b",
            "encoder,",
            "layer.-3",
        ] {
            let message = text.parse::<Parts>().unwrap_err().to_string();
            assert!(message.contains("encoder.layer.0-3"), "{message}");
        }
    }

    #[test]
    fn parts_print_as_they_are_written() {
        let text = "embeddings,encoder.layer.0-3";
        assert_eq!(parts(text).to_string(), text);
    }
}
