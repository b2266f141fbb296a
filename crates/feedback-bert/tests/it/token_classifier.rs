//! Token classification: load, train, predict spans, save.

use burn::module::Module;
use burn::optim::{AdamWConfig, GradientsParams, ModuleOptimizer};
use burn::tensor::{Int, Tensor, activation::log_softmax};
use feedback_bert::token_classification::{LabelledSpan, TokenClassifier, token_labels};
use feedback_bert::{Batch, Device};
use feedback_testkit::fixture;

fn labels() -> Vec<String> {
    ["O", "B-product", "I-product"].map(str::to_owned).into()
}

/// Texts, each with the index of the first character of the product and of the character after its last one.
const EXAMPLES: [(&str, usize, usize); 4] = [
    ("the photo app is slow", 4, 13),
    ("i like the photo app", 11, 20),
    ("please fix the export", 15, 21),
    ("my export is lost", 3, 9),
];

fn spans(start: usize, end: usize) -> Vec<LabelledSpan> {
    vec![LabelledSpan {
        label: "product".into(),
        start,
        end,
        score: 1.0,
    }]
}

#[test]
fn spans_can_be_trained_saved_and_loaded() {
    let cpu = super::cpu();
    let folder = fixture("family/bert-token");
    let (mut classifier, report) = TokenClassifier::for_fine_tuning(&folder, &labels(), 32, 1, &cpu).unwrap();
    assert_eq!(report.initialised, ["classifier.bias", "classifier.weight"]);
    let device = Device::flex().autodiff();
    let mut optimizer = ModuleOptimizer::from(AdamWConfig::new().build());
    let mut model = classifier.model.clone().train();
    for _ in 0..40 {
        let mut loss: Option<Tensor<1>> = None;
        for (text, start, end) in EXAMPLES {
            let (encoding, tokens) = classifier.tokenizer.encode_with_spans(text).unwrap();
            let ids = token_labels(&labels(), &tokens, &spans(start, end)).unwrap();
            let batch = Batch::new(&[encoding], 0, &device).unwrap();
            let scores = log_softmax(model.forward(&batch), 1); // [tokens, labels]
            let (rows, ids): (Vec<i32>, Vec<i32>) = ids
                .iter()
                .enumerate()
                .filter_map(|(row, id)| Some((row as i32, (*id)? as i32)))
                .unzip();
            let rows: Tensor<1, Int> = Tensor::from_ints(rows.as_slice(), &device);
            let ids: Tensor<1, Int> = Tensor::from_ints(ids.as_slice(), &device);
            let count = ids.dims()[0];
            let one = scores
                .select(0, rows)
                .gather(1, ids.reshape([count, 1]))
                .mean()
                .neg();
            loss = Some(match loss {
                Some(sum) => sum + one,
                None => one,
            });
        }
        let grads = GradientsParams::from_grads(loss.unwrap().backward(), &model);
        model = optimizer.step(5e-3, model, grads);
    }
    classifier.model = model.valid();

    let texts = EXAMPLES.map(|(text, ..)| text);
    let found = classifier.predict(&texts, &cpu).unwrap();
    for ((text, start, end), found) in EXAMPLES.iter().zip(&found) {
        assert_eq!(found.len(), 1, "{text}: {found:?}");
        assert_eq!(
            (found[0].start, found[0].end),
            (*start, *end),
            "{text}: {found:?}"
        );
        assert!(found[0].label == "product" && (0.3..=1.0).contains(&found[0].score));
    }
    let guard = tempfile::tempdir().unwrap();
    let saved = guard.path().join("model");
    classifier.save(&saved).unwrap();
    let again = TokenClassifier::load(&saved, &cpu).unwrap();
    assert_eq!(again.predict(&texts, &cpu).unwrap(), found);
    assert_eq!(again.tokenizer.max_length(), 32, "as in training");
    let config = fs_err::read_to_string(saved.join("config.json")).unwrap();
    assert!(config.contains("BertForTokenClassification"));
}

#[test]
fn ranges_count_characters_not_bytes() {
    let classifier = TokenClassifier::load(&fixture("family/bert-token"), &super::cpu()).unwrap();
    let text = "Zürich – 🎉 app";
    let (_, tokens) = classifier.tokenizer.encode_with_spans(text).unwrap();
    let characters: Vec<char> = text.chars().collect();
    let last = tokens.iter().flatten().next_back().unwrap();
    let end: String = characters[last.end - 1..last.end].iter().collect();
    assert_eq!((last.end, end.as_str()), (characters.len(), "p"));
    assert!(
        tokens[0].is_none() && tokens[tokens.len() - 1].is_none(),
        "special tokens have no position"
    );
}

#[test]
fn a_text_classifier_is_refused() {
    let error = TokenClassifier::load(&fixture("family/bert"), &super::cpu()).unwrap_err();
    assert!(error.to_string().contains("not a token classifier"), "{error}");
}

#[test]
fn labels_without_o_are_refused() {
    let labels = ["B-x", "I-x"].map(str::to_owned);
    let error =
        TokenClassifier::for_fine_tuning(&fixture("family/bert"), &labels, 32, 1, &super::cpu()).unwrap_err();
    assert!(error.to_string().contains("`O`"), "{error}");
}
