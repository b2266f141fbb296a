//! What any classifier must do, whatever its weights.

use burn::module::{Module, ModuleVisitor, Param};
use burn::optim::GradientsParams;
use burn::tensor::Tensor;
use feedback_bert::{Batch, BertForSequenceClassification, BertTokenizer, Encoding, ModelFolder};
use feedback_testkit::{fixture, max_difference};

const TEXTS: [&str; 3] = [
    "The export button does nothing since the update, and I have lost two hours of work over it.",
    "thank you!",
    "Where can I change the language of the menus?",
];

fn tiny() -> (BertTokenizer, BertForSequenceClassification) {
    let folder = ModelFolder::load(&fixture("tiny-bert"), &super::cpu()).unwrap();
    (folder.tokenizer, folder.model)
}

fn logits(model: &BertForSequenceClassification, encodings: &[Encoding]) -> Vec<f32> {
    let batch = Batch::new(encodings, 0, &super::cpu()).unwrap();
    model.forward(&batch).into_data().try_to_vec().unwrap()
}

#[test]
fn a_batch_gives_what_single_texts_give() {
    let (tokenizer, model) = tiny();
    let encodings = tokenizer.encode(&TEXTS).unwrap();
    let batched = logits(&model, &encodings);
    let single: Vec<f32> = encodings
        .iter()
        .flat_map(|one| logits(&model, std::slice::from_ref(one)))
        .collect();
    let worst = max_difference(&batched, &single);
    assert!(worst <= 1e-5, "{worst:e}");
}

#[test]
fn what_stands_in_padding_changes_nothing() {
    let (tokenizer, model) = tiny();
    let encodings = tokenizer.encode(&TEXTS).unwrap();
    let device = super::cpu();
    let zero = model.forward(&Batch::new(&encodings, 0, &device).unwrap());
    let other = model.forward(&Batch::new(&encodings, 77, &device).unwrap());
    // Masked probabilities are exactly 0, so the results are equal to the last bit.
    assert_eq!(zero.into_data(), other.into_data());
}

#[test]
fn every_parameter_gets_a_gradient() {
    struct Count<'a> {
        grads: &'a GradientsParams,
        path: Vec<String>,
        without: Vec<String>,
        with: usize,
    }
    impl ModuleVisitor for Count<'_> {
        fn enter_module(&mut self, name: &str, _container: &str) {
            self.path.push(name.to_owned());
        }
        fn exit_module(&mut self, _name: &str, _container: &str) {
            self.path.pop();
        }
        fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
            match self.grads.get::<D>(param.id) {
                Some(_) => self.with += 1,
                None => self.without.push(self.path.join(".")),
            }
        }
    }
    let (tokenizer, model) = tiny();
    let model = model.train();
    let device = super::cpu().autodiff();
    let batch = Batch::new(&tokenizer.encode(&TEXTS).unwrap(), 0, &device).unwrap();
    let loss = model.forward(&batch).powi_scalar(2).sum();
    let grads = GradientsParams::from_grads(loss.backward(), &model);
    let mut count = Count {
        grads: &grads,
        path: Vec::new(),
        without: Vec::new(),
        with: 0,
    };
    model.visit(&mut count);
    assert!(
        count.without.is_empty(),
        "without a gradient: {:?}",
        count.without
    );
    assert_eq!(count.with, 41, "the tensors of the file");
}
