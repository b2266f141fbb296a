//! Tensor names of Hugging Face's checkpoints, and the paths of our modules: the one place where both are known.

use crate::Architecture;

/// What a model's head does; the names of its tensors depend on it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Task {
    /// One label for a text.
    SequenceClassification,
    /// One label for each token.
    TokenClassification,
}

/// Names of one architecture with one head.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Names {
    architecture: Architecture,
    task: Task,
}

/// Our name and Hugging Face's.
type Pair = (&'static str, &'static str);

const BERT_BODY: [Pair; 2] = [
    (".attention.self_attention.", ".attention.self."),
    (".layer_norm.", ".LayerNorm."),
];

/// Longer names first: `.output.dense.` is the end of `.attention.output.dense.` too.
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

/// Modules that stand at the root of a file whose encoder has no prefix.
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

    /// Hugging Face's name of one of our tensors.
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

    /// Our name of a tensor in a file: with or without the encoder's prefix, with the old `gamma` and `beta` or the new
    /// `weight` and `bias`. A tensor that has no place in the model keeps a name that none of ours has.
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

    /// Whether a tensor of a file may be left where it is: buffers that hold no weights, heads of pre-training, and a
    /// pooler that this head does not use.
    pub(crate) fn is_ignorable(self, hf: &str) -> bool {
        let prefix = format!("{}.pooler.", self.prefix());
        let buffer = hf.ends_with("position_ids") || hf.ends_with("embeddings.token_type_ids");
        let pooler = hf.starts_with(&prefix) || hf.starts_with("pooler.");
        buffer || pooler || self.pretraining_heads().iter().any(|head| hf.starts_with(head))
    }

    /// Whether a tensor of a file belongs to a head of fine-tuning, this task's or another's.
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

    /// Our pooler and classifier, where they are not named like BERT's.
    fn head(self) -> &'static [Pair] {
        match (self.task, self.architecture) {
            (Task::TokenClassification, _) | (_, Architecture::Bert) => &[],
            (_, Architecture::DistilBert) => &[("bert.pooler.dense.", "pre_classifier.")],
            (_, Architecture::Roberta | Architecture::XlmRoberta | Architecture::Electra) => &[
                ("bert.pooler.dense.", "classifier.dense."),
                ("classifier.", "classifier.out_proj."),
            ],
        }
    }

    /// RoBERTa's base model has a pooler of its own too, which its classifier does not use.
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

/// TensorFlow's parameter names of layer normalisation became PyTorch's only in later checkpoints.
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

#[cfg(test)]
mod tests {
    use super::*;

    fn names(architecture: Architecture) -> Names {
        Names::new(architecture, Task::SequenceClassification)
    }

    #[test]
    fn distilbert_has_names_of_its_own() {
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
    fn a_base_models_own_pooler_is_not_the_first_layer_of_the_head() {
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
    fn a_file_may_lack_the_prefix_and_use_the_old_names() {
        let names = names(Architecture::Bert);
        let ours = "bert.encoder.layer.0.output.layer_norm.weight";
        assert_eq!(names.to_ours("encoder.layer.0.output.LayerNorm.gamma"), ours);
        assert_eq!(
            names.to_ours("bert.encoder.layer.0.output.LayerNorm.weight"),
            ours
        );
    }

    #[test]
    fn a_token_classifier_has_one_dense_layer() {
        let names = Names::new(Architecture::Roberta, Task::TokenClassification);
        assert_eq!(names.to_hf("classifier.weight"), "classifier.weight");
        assert!(names.is_fine_tuned_head("classifier.out_proj.weight"));
    }
}
