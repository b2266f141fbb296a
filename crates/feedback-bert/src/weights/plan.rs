//! Matches the tensors of a file with the parameters of a model.

use std::collections::BTreeMap;

use burn::tensor::Shape;
use burn_store::burn_pack::Tensor as FileTensor;

use super::report::{LoadReport, MissingHead};
use crate::config::BertConfig;
use crate::error::Problem;
use crate::names::Names;

/// Which tensors to read, initialise and ignore, and what is wrong.
pub(super) struct Plan {
    names: Names,
    /// This crate's paths of the tensors to read, and the names of these tensors in the file.
    pub(super) load: BTreeMap<String, String>,
    /// This crate's paths of the tensors to initialise.
    initialise: Vec<String>,
    pub(super) report: LoadReport,
    missing: Vec<String>,
    mis_shaped: Vec<String>,
    foreign: Vec<String>,
}

impl Plan {
    pub(super) fn new(
        names: Names,
        expected: &BTreeMap<String, Shape>,
        file: &BTreeMap<String, FileTensor>,
        head: MissingHead,
    ) -> Self {
        let mut plan = Self {
            names,
            load: BTreeMap::new(),
            initialise: Vec::new(),
            report: LoadReport::default(),
            missing: Vec::new(),
            mis_shaped: Vec::new(),
            foreign: Vec::new(),
        };
        let may_initialise = head.seed().is_some();
        let mut found: BTreeMap<String, &String> = BTreeMap::new();
        for hf in file.keys() {
            let ours = names.to_ours(hf);
            if !expected.contains_key(&ours) {
                plan.ignore(hf, may_initialise);
            } else if let Some(other) = found.insert(ours, hf) {
                plan.foreign.push(format!("`{hf}` (the same as `{other}`)"));
            }
        }
        for (ours, shape) in expected {
            plan.place(
                ours,
                shape,
                found.get(ours).and_then(|hf| file.get_key_value(*hf)),
                head,
            );
        }
        plan
    }

    /// Decides whether a tensor of the file that the model does not have is ignored or an error.
    fn ignore(&mut self, hf: &str, may_initialise: bool) {
        if self.names.is_ignorable(hf) || (may_initialise && self.names.is_fine_tuned_head(hf)) {
            self.report.ignored.push(hf.to_owned());
        } else {
            self.foreign.push(format!("`{hf}`"));
        }
    }

    /// Decides whether a tensor of the model is read, initialised, or an error. `found` is the matching
    /// tensor of the file, with its name in the file.
    fn place(&mut self, ours: &str, shape: &Shape, found: Option<(&String, &FileTensor)>, head: MissingHead) {
        let may_initialise = head.seed().is_some() && self.names.task.is_head(ours);
        let label_layer = may_initialise && self.names.task.is_label_layer(ours);
        match found {
            Some(_) if label_layer && matches!(head, MissingHead::Replace { .. }) => {
                self.mark_initialised(ours)
            }
            Some((hf, tensor)) if tensor.shape == *shape && tensor.dtype.is_float() => {
                self.load.insert(ours.to_owned(), hf.clone());
            }
            Some(_) if label_layer => self.mark_initialised(ours),
            Some((hf, tensor)) => self.mis_shaped.push(format!(
                "`{hf}` is {:?} {:?}, expected F32 {:?}",
                tensor.dtype,
                tensor.shape.as_slice(),
                shape.as_slice(),
            )),
            None if may_initialise => self.mark_initialised(ours),
            None => self.missing.push(format!("`{}`", self.names.to_hf(ours))),
        }
    }

    fn mark_initialised(&mut self, ours: &str) {
        self.report.initialised.push(self.names.to_hf(ours));
        self.initialise.push(ours.to_owned());
    }

    /// Returns whether a parameter whose path has this prefix is to be initialised.
    pub(super) fn initialises(&self, prefix: &str) -> bool {
        self.initialise.iter().any(|ours| ours.starts_with(prefix))
    }

    /// Returns an error that says what is wrong with the file, if anything.
    pub(super) fn check(&self, config: &BertConfig) -> std::result::Result<(), Problem> {
        if !self.mis_shaped.is_empty() {
            let reason = format!(
                "{} of another shape than config.json describes: {}",
                tensors(self.mis_shaped.len()),
                first_few(&self.mis_shaped),
            );
            let hint = format!(
                "config.json (hidden_size {}, {} layers, vocab_size {}, {} labels) and the weights belong to different \
                 models",
                config.hidden_size,
                config.num_hidden_layers,
                config.vocab_size,
                config.num_labels(),
            );
            return Err(Problem::with_hint(reason, hint));
        }
        if !self.missing.is_empty() {
            let names = first_few(&self.missing);
            let reason = format!("{} missing: {names}", tensors(self.missing.len()));
            let hint = "an encoder without a classifier must be fine-tuned first";
            return Err(Problem::with_hint(reason, hint));
        }
        if !self.foreign.is_empty() {
            return Err(format!(
                "{} that a `{}` of this configuration does not have: {}",
                tensors(self.foreign.len()),
                config.model_type,
                first_few(&self.foreign)
            )
            .into());
        }
        Ok(())
    }
}

/// Returns the first five names, and how many more there are.
fn first_few(names: &[String]) -> String {
    let shown = names[..names.len().min(5)].join(", ");
    match names.len().saturating_sub(5) {
        0 => shown,
        more => format!("{shown} and {more} more"),
    }
}

fn tensors(count: usize) -> String {
    if count == 1 {
        "1 tensor".into()
    } else {
        format!("{count} tensors")
    }
}
