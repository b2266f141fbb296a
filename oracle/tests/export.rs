//! Why the classifier cannot be exported to ONNX. If one of these tests fails, a newer `burn-onnx` supports more, and
//! docs/parity.md must be updated.

use burn::module::Module;
use burn::nn::{Embedding, EmbeddingConfig, LayerNorm, LayerNormConfig, Linear, LinearConfig};
use burn::tensor::{Bool, Device, Int, Tensor, activation};
use burn_onnx::export::{ExportError, OnnxExporter, OnnxModel};
use feedback_bert::config::{BertConfig, Pooling};
use feedback_bert::weights::{MissingHead, load_weights};
use feedback_bert::{Batch, Sequences, BertForSequenceClassification, DeviceChoice};
use feedback_testkit::fixture;

fn device() -> Device {
    DeviceChoice::Cpu.open().unwrap().0
}

/// Returns the kind of the first operation that has no counterpart in ONNX.
fn refused(answer: Result<OnnxModel, ExportError>) -> String {
    match answer.map(|_| ()) {
        // Only the name is kept, for example from `Module(Embedding(EmbeddingOpIr { weights: …`.
        Err(ExportError::UnsupportedOperation { kind, .. }) => {
            kind.split(" {").next().unwrap_or_default().to_owned()
        }
        other => panic!("expected an unsupported operation, found {other:?}"),
    }
}

#[derive(Module, Debug)]
struct Parts {
    embedding: Embedding,
    norm: LayerNorm,
    linear: Linear,
}

fn parts() -> Parts {
    Parts {
        embedding: EmbeddingConfig::new(6, 4).init(&device()),
        norm: LayerNormConfig::new(4).init(&device()),
        linear: LinearConfig::new(4, 4).init(&device()),
    }
}

/// Tries to export a single operation, on a tensor of 2 × 4.
fn export(forward: impl Fn(&Parts, Tensor<2>) -> Tensor<2>) -> Result<OnnxModel, ExportError> {
    OnnxExporter::new().export(&parts(), Tensor::zeros([2, 4], &device()), forward)
}

#[test]
fn these_operations_of_bert_cannot_be_exported() {
    let ids = Tensor::<2, Int>::zeros([2, 4], &device());
    let embedding =
        OnnxExporter::new().export(&parts(), ids, |parts: &Parts, ids| parts.embedding.forward(ids));
    let refusals = [
        ("Embedding", refused(embedding)),
        (
            "LayerNorm",
            refused(export(|parts, input| parts.norm.forward(input))),
        ),
        (
            "Softmax",
            refused(export(|_, input| activation::softmax(input, 1))),
        ),
        ("Gelu", refused(export(|_, input| activation::gelu(input)))),
        ("Erf", refused(export(|_, input| input.erf()))),
        ("SwapDims", refused(export(|_, input| input.swap_dims(0, 1)))),
    ];
    for (expected, kind) in &refusals {
        println!("{expected}: {kind}");
    }
    for (expected, kind) in &refusals {
        assert!(kind.contains(expected), "{expected}: {kind}");
    }
}

#[test]
fn these_operations_can_be_exported() {
    for (name, exported) in [
        ("linear", export(|parts, input| parts.linear.forward(input))),
        ("tanh", export(|_, input| input.tanh())),
        (
            "matmul",
            export(|_, input| input.clone().matmul(input.reshape([4, 2]))),
        ),
    ] {
        let problem = exported.err();
        assert!(problem.is_none(), "{name}: {problem:?}");
    }
}

#[test]
fn the_classifier_cannot_be_exported() {
    let folder = fixture("tiny-bert");
    let config = BertConfig::from_file(&folder.join("config.json")).unwrap();
    let weights = folder.join("model.safetensors");
    let (model, _) = load_weights(&weights, &config, Pooling::Cls, MissingHead::Refuse, &device()).unwrap();
    let ids = Tensor::<1, Int>::ones([8], &device());
    let forward = |model: &BertForSequenceClassification, input_ids: Tensor<1, Int>| {
        let position_ids = Tensor::arange(0..8, &input_ids.device());
        model.forward(&Batch {
            token_type_ids: input_ids.zeros_like(),
            real_position_ids: position_ids.clone().add_scalar(1),
            position_ids,
            input_ids,
            sequences: Sequences::new([8]),
        })
    };
    let kind = refused(OnnxExporter::new().export(&model, ids, forward));
    println!("the classifier: {kind}");
    assert!(kind.contains("Embedding"), "{kind}");
}
