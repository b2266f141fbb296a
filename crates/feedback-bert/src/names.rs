//! Converts between Hugging Face's parameter names and the paths of this crate's modules. Only this file knows
//! both.

use crate::config::Architecture;
use crate::head::Task;

/// Converts names for one architecture with one head.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Names {
    architecture: Architecture,
    pub(crate) task: Task,
}

/// A part of a name in this crate, and the same part in Hugging Face's names.
type Pair = (&'static str, &'static str);

const BERT_BODY: [Pair; 2] = [
    (".attention.self_attention.", ".attention.self."),
    (".layer_norm.", ".LayerNorm."),
];

/// Longer parts come first: `.attention.output.dense.` also ends in `.output.dense.`.
const DISTILBERT_BODY: [Pair; 10] = [
    ("embeddings.layer_norm.", "embeddings.LayerNorm."),
    ("encoder.layer.", "transformer.layer."),
    (".attention.self_attention.query.", ".attention.q_lin."),
    (".attention.self_attention.key.", ".attention.k_lin."),
    (".attention.self_attention.value.", ".attention.v_lin."),
    (".attention.output.dense.", ".attention.out_lin."),
    (".attention.output.layer_norm.", ".sa_layer_norm."),
    (".intermediate.dense.", ".ffn.lin1."),
    (".output.dense.", ".ffn.lin2."),
    (".output.layer_norm.", ".output_layer_norm."),
];

/// Modules that names can begin with in a file whose encoder has no prefix.
const ROOTS: [&str; 5] = [
    "embeddings.",
    "embeddings_project.",
    "encoder.",
    "transformer.",
    "pooler.",
];

impl Names {
    pub(crate) fn new(architecture: Architecture, task: Task) -> Self {
        Self { architecture, task }
    }

    /// Returns Hugging Face's name of a tensor of this crate.
    pub(crate) fn to_hf(self, ours: &str) -> String {
        for (own, hf) in self.head() {
            if let Some(rest) = ours.strip_prefix(own) {
                return format!("{hf}{rest}");
            }
        }
        let Some(body) = ours.strip_prefix("bert.") else {
            return ours.to_owned();
        };
        let renamed = self
            .body()
            .iter()
            .fold(body.to_owned(), |name, (own, hf)| name.replace(own, hf));
        format!("{}.{renamed}", self.prefix())
    }

    /// Returns this crate's name of a tensor in a file. The name in the file may lack the encoder's prefix, and
    /// it may have the old `gamma` and `beta` instead of `weight` and `bias`. For a tensor that the model does
    /// not have, the result is a name that no tensor of this crate has.
    pub(crate) fn to_ours(self, hf: &str) -> String {
        let hf = new_style(hf);
        for (own, theirs) in self.head() {
            if let Some(rest) = hf.strip_prefix(theirs) {
                return format!("{own}{rest}");
            }
        }
        let prefix = format!("{}.", self.prefix());
        let body = match hf.strip_prefix(prefix.as_str()) {
            Some(body) => body,
            None if ROOTS.iter().any(|root| hf.starts_with(root)) => hf.as_str(),
            None => return hf,
        };
        if body.starts_with("pooler.") && !self.uses_the_base_models_pooler() {
            return hf;
        }
        let renamed = self
            .body()
            .iter()
            .fold(body.to_owned(), |name, (own, theirs)| name.replace(theirs, own));
        format!("bert.{renamed}")
    }

    /// Returns whether a tensor of a file may be ignored: buffers without weights, pretraining heads, and a
    /// pooler that this head does not use.
    pub(crate) fn is_ignorable(self, hf: &str) -> bool {
        let prefix = format!("{}.pooler.", self.prefix());
        let buffer = hf.ends_with("position_ids") || hf.ends_with("embeddings.token_type_ids");
        let pooler = hf.starts_with(&prefix) || hf.starts_with("pooler.");
        buffer || pooler || self.pretraining_heads().iter().any(|head| hf.starts_with(head))
    }

    /// Returns whether a tensor of a file belongs to a fine-tuned head, of this task or another.
    pub(crate) fn is_fine_tuned_head(self, hf: &str) -> bool {
        ["classifier.", "pre_classifier.", "qa_outputs."]
            .iter()
            .any(|head| hf.starts_with(head))
    }

    fn prefix(self) -> &'static str {
        match self.architecture {
            Architecture::Bert => "bert",
            Architecture::DistilBert => "distilbert",
            Architecture::Roberta | Architecture::XlmRoberta => "roberta",
            Architecture::Electra => "electra",
        }
    }

    fn body(self) -> &'static [Pair] {
        match self.architecture {
            Architecture::DistilBert => &DISTILBERT_BODY,
            _ => &BERT_BODY,
        }
    }

    /// Returns the parts of the head that have other names in Hugging Face's files than in this crate's
    /// modules.
    fn head(self) -> &'static [Pair] {
        match (self.task, self.architecture) {
            (Task::MaskedLm, _) => &[(
                "cls.predictions.transform.layer_norm.",
                "cls.predictions.transform.LayerNorm.",
            )],
            (Task::TokenClassification, _) | (_, Architecture::Bert) => &[],
            (_, Architecture::DistilBert) => &[("bert.pooler.dense.", "pre_classifier.")],
            (_, Architecture::Roberta | Architecture::XlmRoberta | Architecture::Electra) => &[
                ("bert.pooler.dense.", "classifier.dense."),
                ("classifier.", "classifier.out_proj."),
            ],
        }
    }

    /// Returns whether the head uses the pooler of the base model. RoBERTa's base model has a pooler too, but
    /// its classifier does not use it.
    fn uses_the_base_models_pooler(self) -> bool {
        self.architecture == Architecture::Bert && self.task == Task::SequenceClassification
    }

    fn pretraining_heads(self) -> &'static [&'static str] {
        match self.architecture {
            Architecture::Bert => &["cls."],
            Architecture::DistilBert => &["vocab_transform.", "vocab_layer_norm.", "vocab_projector."],
            Architecture::Roberta | Architecture::XlmRoberta => &["lm_head."],
            Architecture::Electra => &[
                "discriminator_predictions.",
                "generator_predictions.",
                "generator_lm_head.",
            ],
        }
    }
}

/// Returns the name with PyTorch's names for the parameters of layer normalisation; early checkpoints have
/// TensorFlow's names.
fn new_style(name: &str) -> String {
    for norm in ["LayerNorm", "layer_norm"] {
        for (old, new) in [("gamma", "weight"), ("beta", "bias")] {
            if let Some(stem) = name.strip_suffix(&format!("{norm}.{old}")) {
                return format!("{stem}{norm}.{new}");
            }
        }
    }
    name.to_owned()
}

/// Returns the name of the parameter at `path` of a module of this crate. For every architecture, it is the
/// name in Transformers' BERT, such as `encoder.layer.0.attention.self.query.weight`.
///
/// The prefix `bert.` is removed, and so is the prefix `model.` of a module that wraps the model.
///
/// ```
/// use feedback_bert::names::parameter_name;
///
/// let path = "model.bert.encoder.layer.0.attention.self_attention.query.weight";
/// assert_eq!(parameter_name(path), "encoder.layer.0.attention.self.query.weight");
/// assert_eq!(parameter_name("bert.embeddings.layer_norm.gamma"), "embeddings.LayerNorm.weight");
/// assert_eq!(parameter_name("model.classifier.bias"), "classifier.bias");
/// ```
pub fn parameter_name(path: &str) -> String {
    let renamed = BERT_BODY.iter();
    let name = renamed.fold(torch_path(path), |name, (ours, hf)| name.replace(ours, hf));
    let name = name.strip_prefix("model.").unwrap_or(&name);
    name.strip_prefix("bert.").unwrap_or(name).to_owned()
}

/// Returns the number of layers between the parameter of this [name](parameter_name) and the output. In a model
/// of `num_hidden_layers` blocks, this is 0 for pooler and classifier, 1 for the last block, and
/// `num_hidden_layers + 1` for the embeddings.
///
/// ELECTRA's code (`model/optimization.py`, `_get_layer_lrs`) counts in the same way, except that it skips one
/// number between the last block and the head.
///
/// ```
/// use feedback_bert::names::layer_depth;
///
/// assert_eq!(layer_depth("classifier.weight", 6), 0);
/// assert_eq!(layer_depth("encoder.layer.5.output.dense.weight", 6), 1);
/// assert_eq!(layer_depth("encoder.layer.0.output.dense.weight", 6), 6);
/// assert_eq!(layer_depth("embeddings.word_embeddings.weight", 6), 7);
/// ```
pub fn layer_depth(name: &str, num_hidden_layers: usize) -> usize {
    if name.starts_with("embeddings") {
        return num_hidden_layers + 1; // and ELECTRA's `embeddings_project`
    }
    let block = name
        .strip_prefix("encoder.layer.")
        .and_then(|rest| rest.split('.').next());
    let block = block.and_then(|number| number.parse::<usize>().ok());
    block.map_or(0, |block| num_hidden_layers.saturating_sub(block))
}

/// Returns a path of this crate's modules with PyTorch's names for the two parameters of layer normalisation.
pub(crate) fn torch_path(path: &str) -> String {
    match path.strip_suffix(".layer_norm.gamma") {
        Some(stem) => format!("{stem}.layer_norm.weight"),
        None => match path.strip_suffix(".layer_norm.beta") {
            Some(stem) => format!("{stem}.layer_norm.bias"),
            None => path.to_owned(),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(architecture: Architecture) -> Names {
        Names::new(architecture, Task::SequenceClassification)
    }

    #[test]
    fn distilbert_has_other_names() {
        let names = names(Architecture::DistilBert);
        for (ours, hf) in [
            (
                "bert.encoder.layer.3.attention.output.layer_norm.weight",
                "distilbert.transformer.layer.3.sa_layer_norm.weight",
            ),
            (
                "bert.encoder.layer.3.output.layer_norm.bias",
                "distilbert.transformer.layer.3.output_layer_norm.bias",
            ),
            (
                "bert.encoder.layer.3.output.dense.weight",
                "distilbert.transformer.layer.3.ffn.lin2.weight",
            ),
            (
                "bert.embeddings.layer_norm.weight",
                "distilbert.embeddings.LayerNorm.weight",
            ),
            ("bert.pooler.dense.bias", "pre_classifier.bias"),
            ("classifier.bias", "classifier.bias"),
        ] {
            assert_eq!(names.to_hf(ours), hf);
            assert_eq!(names.to_ours(hf), ours);
        }
    }

    #[test]
    fn the_pooler_of_a_base_model_is_not_the_first_layer_of_the_head() {
        let names = names(Architecture::Roberta);
        assert_eq!(
            names.to_ours("classifier.dense.weight"),
            "bert.pooler.dense.weight"
        );
        assert_eq!(
            names.to_ours("roberta.pooler.dense.weight"),
            "roberta.pooler.dense.weight"
        );
        assert!(names.is_ignorable("roberta.pooler.dense.weight") && names.is_ignorable("pooler.dense.bias"));
        assert!(names.is_ignorable("lm_head.bias") && !names.is_ignorable("roberta.encoder.layer.9.x"));
    }

    #[test]
    fn prefixes_may_be_missing_and_names_may_be_old() {
        let names = names(Architecture::Bert);
        let ours = "bert.encoder.layer.0.output.layer_norm.weight";
        assert_eq!(names.to_ours("encoder.layer.0.output.LayerNorm.gamma"), ours);
        assert_eq!(
            names.to_ours("bert.encoder.layer.0.output.LayerNorm.weight"),
            ours
        );
    }

    #[test]
    fn the_head_of_a_masked_language_model_has_a_layer_norm() {
        let names = Names::new(Architecture::Bert, Task::MaskedLm);
        let ours = "cls.predictions.transform.layer_norm.weight";
        let hf = "cls.predictions.transform.LayerNorm.weight";
        assert_eq!(names.to_hf(ours), hf);
        assert_eq!(names.to_ours(hf), ours);
        assert_eq!(names.to_ours("cls.predictions.transform.LayerNorm.gamma"), ours);
        assert_eq!(names.to_ours("cls.predictions.bias"), "cls.predictions.bias");
    }

    #[test]
    fn a_token_classifier_has_one_dense_layer() {
        let names = Names::new(Architecture::Roberta, Task::TokenClassification);
        assert_eq!(names.to_hf("classifier.weight"), "classifier.weight");
        assert!(names.is_fine_tuned_head("classifier.out_proj.weight"));
    }
}
