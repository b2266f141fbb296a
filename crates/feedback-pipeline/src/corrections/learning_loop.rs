//! Connects corrections to the trainer. Training data change between epochs, an evaluator finds rows to ask about, and a
//! callback publishes the questions.

use std::cell::RefCell;
use std::path::Path;
use std::rc::Rc;

use burn::tensor::Device;
use chacha20::ChaCha8Rng;
use feedback_bert::BertTokenizer;
use feedback_clean::Cleaning;
use feedback_corrections::{
    CorrectionsSummary, LabelScore, Question, RowSet, Rows, Session, SessionRows, take_turns,
};
use feedback_dataset::read::{OnBadRow, ReadOptions};
use feedback_files::write_file;
use feedback_formats::read;
use feedback_metrics::Probabilities;
use feedback_trainer::{
    BoxError, Callback, CallbackResult, Control, Evaluate, Metrics, TrainData, TrainState, Trainable,
};
use rand::SeedableRng;
use rand::seq::SliceRandom;

use super::options::CorrectionsOptions;
use crate::data::{Examples, PreparedData, clean_texts};
use crate::error::Result;
use crate::objectives::{ClassificationEvaluator, ClassificationObjective, EncodedExamples, logits};

/// Maximum number of unlabelled texts that the model scores after an evaluation. If there are more, it scores a seeded
/// sample.
const MAX_UNLABELLED_PER_EVALUATION: usize = 2_000;

/// Number of most probable labels shown with a question.
const SHOWN_SCORES: usize = 3;

/// The corrections of one run; creates its data, evaluator and callback.
pub(crate) struct CorrectionLoop {
    shared: Rc<RefCell<Shared>>,
    /// Training rows, followed by unlabelled rows.
    pool: EncodedExamples,
    validation: EncodedExamples,
    /// The random order in which unlabelled rows are scored.
    order: Vec<usize>,
    limit: usize,
    eval_batch: usize,
    device: Device,
}

struct Shared {
    session: Session,
    /// Questions that the latest evaluation found and that are not yet published.
    found: Vec<Question>,
}

impl CorrectionLoop {
    pub(crate) fn open(
        options: &CorrectionsOptions,
        run: &Path,
        data: &PreparedData,
        (tokenizer, train, validation): (&BertTokenizer, &EncodedExamples, &EncodedExamples),
        training: &feedback_trainer::TrainingArguments,
        device: &Device,
    ) -> Result<Self> {
        let unlabelled = match &options.unlabelled {
            Some(path) => read_unlabelled(path, options, data.cleaning, run)?,
            None => Rows::default(),
        };
        let mut order: Vec<usize> = (0..unlabelled.len()).collect();
        order.shuffle(&mut ChaCha8Rng::seed_from_u64(training.seed));
        let texts: Vec<String> = unlabelled.texts().to_vec();
        let others = Examples {
            path: data.train.path.clone(),
            labels: vec![0; texts.len()], // a placeholder: an unlabelled row gets its label before it is used
            lines: vec![0; texts.len()],
            texts,
        };
        Ok(Self {
            pool: train.followed_by(&EncodedExamples::new(&others, tokenizer)?),
            validation: validation.clone(),
            shared: Rc::new(RefCell::new(Shared {
                session: Session::open(run, session_rows(data, unlabelled), &options.corrected_by)?,
                found: Vec::new(),
            })),
            order,
            limit: options.limit,
            eval_batch: training.per_device_eval_batch_size,
            device: device.clone(),
        })
    }

    /// Returns the training data, which change at the start of an epoch, with the loss and the sampler of `like`.
    pub(crate) fn train_data(&self, like: &EncodedExamples) -> CorrectedData {
        let pool = self.pool.clone().like(like);
        CorrectedData {
            view: RefCell::new((0, train_view(&self.shared.borrow().session, &pool))),
            shared: Rc::clone(&self.shared),
            pool,
        }
    }

    fn validation_view(&self) -> EncodedExamples {
        let shared = self.shared.borrow();
        let rows: Vec<(usize, usize)> = shared.session.rows(RowSet::Validation).in_use().collect();
        self.validation.select(&rows)
    }

    /// Returns an evaluator on the validation rows in use; it also finds rows to ask about.
    pub(crate) fn evaluator(&self) -> CorrectingEvaluator<'_> {
        CorrectingEvaluator {
            inner: self.inner_evaluator(),
            corrections: self,
            version: 0,
        }
    }

    fn inner_evaluator(&self) -> ClassificationEvaluator {
        let n_classes = self.shared.borrow().session.label_names().len();
        ClassificationEvaluator::new(self.validation_view(), n_classes, self.eval_batch, &self.device)
    }

    /// Returns a callback that writes the question queue to its file after each evaluation.
    pub(crate) fn callback(&self) -> impl Callback + 'static {
        QueueCallback(Rc::clone(&self.shared))
    }

    /// Returns the remaining validation rows and a summary. Updates `data` to the final state of the run, which the
    /// model's temperature, card and fingerprints are computed from.
    pub(crate) fn finish(&self, data: &mut PreparedData) -> (EncodedExamples, CorrectionsSummary) {
        let shared = self.shared.borrow();
        let session = &shared.session;
        let mut train = in_use(session.rows(RowSet::Train), &data.train.path);
        let entered = in_use(session.rows(RowSet::Unlabelled), &data.train.path);
        data.entered = entered.len();
        train.texts.extend(entered.texts);
        train.labels.extend(entered.labels);
        train.lines.extend(entered.lines);
        data.train = train;
        data.validation = in_use(session.rows(RowSet::Validation), &data.validation.path);
        (self.validation_view(), session.summary())
    }

    /// Returns questions about the hardest rows, taken in turn from the training, validation and unlabelled rows.
    fn find_questions(
        &self,
        model: &ClassificationObjective,
    ) -> std::result::Result<Vec<Question>, BoxError> {
        let shared = self.shared.borrow();
        let session = &shared.session;
        let mut lists = Vec::new();
        for set in [RowSet::Train, RowSet::Validation] {
            let labelled: Vec<(usize, usize)> = session
                .rows(set)
                .in_use()
                .filter(|&(row, _)| session.is_open(set, row))
                .collect();
            lists.push(self.ask_about(session, set, &labelled, model)?);
        }
        let unlabelled: Vec<(usize, usize)> = self
            .order
            .iter()
            .filter(|&&row| session.is_open(RowSet::Unlabelled, row))
            .take(MAX_UNLABELLED_PER_EVALUATION)
            .map(|&row| (row, 0))
            .collect();
        lists.push(self.ask_about(session, RowSet::Unlabelled, &unlabelled, model)?);
        Ok(take_turns(lists, self.limit))
    }

    /// Returns questions about rows of one set. Of labelled rows, it selects rows that the model gets wrong, highest loss
    /// first. Unlabelled texts are sorted by the gap between the two most probable labels, smallest gap first.
    fn ask_about(
        &self,
        session: &Session,
        set: RowSet,
        rows: &[(usize, usize)],
        model: &ClassificationObjective,
    ) -> std::result::Result<Vec<Question>, BoxError> {
        if rows.is_empty() || self.limit == 0 {
            return Ok(Vec::new());
        }
        let probabilities = self.probabilities(session, set, rows, model)?;
        let mut ranked: Vec<(f64, usize)> = Vec::new();
        for (place, (scores, &(_, label))) in probabilities.rows().zip(rows).enumerate() {
            let [first, second] = two_highest(scores);
            match set {
                RowSet::Unlabelled => ranked.push((second - first, place)),
                _ if scores[label] < first => ranked.push((-scores[label].ln(), place)),
                _ => {}
            }
        }
        ranked.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
        ranked.truncate(self.limit);
        let all: Vec<&[f64]> = probabilities.rows().collect();
        let questions = ranked.iter().map(|&(_, place)| {
            let (row, label) = rows[place];
            question(
                session,
                set,
                row,
                (set != RowSet::Unlabelled).then_some(label),
                all[place],
            )
        });
        Ok(questions.collect())
    }

    fn probabilities(
        &self,
        session: &Session,
        set: RowSet,
        rows: &[(usize, usize)],
        model: &ClassificationObjective,
    ) -> std::result::Result<Probabilities, BoxError> {
        let encoded = match set {
            RowSet::Train => self.pool.select(rows),
            RowSet::Validation => self.validation.select(rows),
            RowSet::Unlabelled => {
                let first = session.rows(RowSet::Train).len();
                let rows: Vec<(usize, usize)> =
                    rows.iter().map(|&(row, label)| (first + row, label)).collect();
                self.pool.select(&rows)
            }
        };
        let n_classes = session.label_names().len();
        let logits = logits(&model.model, &encoded, n_classes, self.eval_batch, &self.device)?;
        Ok(logits.softmax(1.0)?)
    }
}

fn two_highest(scores: &[f64]) -> [f64; 2] {
    scores.iter().fold([0.0, 0.0], |[first, second], &score| {
        if score > first {
            [score, first]
        } else {
            [first, second.max(score)]
        }
    })
}

fn question(session: &Session, set: RowSet, row: usize, label: Option<usize>, scores: &[f64]) -> Question {
    let names = session.label_names();
    let mut sorted: Vec<LabelScore> = names
        .iter()
        .zip(scores)
        .map(|(label, &score)| LabelScore {
            label: label.clone(),
            score,
        })
        .collect();
    sorted.sort_by(|a, b| b.score.total_cmp(&a.score));
    sorted.truncate(SHOWN_SCORES);
    Question {
        id: session.id(set, row),
        text: session.rows(set).text(row).to_owned(),
        label: label.and_then(|class| names.get(class).cloned()),
        predicted_label: sorted
            .first()
            .map(|first| first.label.clone())
            .unwrap_or_default(),
        confidence: sorted.first().map_or(0.0, |first| first.score),
        loss: label.map(|class| -scores[class].ln()),
        scores: sorted,
        global_step: 0, // set by the callback
    }
}

/// Converts the data of a run to the form that the session needs.
fn session_rows(data: &PreparedData, unlabelled: Rows) -> SessionRows<'_> {
    let rows = |examples: &Examples| {
        let texts = examples.lines.iter().zip(&examples.texts);
        Rows::labelled(
            texts
                .zip(&examples.labels)
                .map(|((&line, text), &class)| (line, text.as_str(), class)),
        )
    };
    SessionRows {
        labels: data.labels.clone(),
        train: rows(&data.train),
        validation: rows(&data.validation),
        unlabelled,
        test_texts: data.test.as_ref().map(Examples::texts).unwrap_or_default(),
    }
}

/// Returns the rows of a set that are still in use.
fn in_use(rows: &Rows, path: &Path) -> Examples {
    let kept: Vec<(usize, usize)> = rows.in_use().collect();
    Examples {
        path: path.to_owned(),
        texts: kept.iter().map(|&(row, _)| rows.text(row).to_owned()).collect(),
        labels: kept.iter().map(|&(_, label)| label).collect(),
        lines: kept.iter().map(|&(row, _)| rows.line(row)).collect(),
    }
}

fn train_view(session: &Session, pool: &EncodedExamples) -> EncodedExamples {
    let first = session.rows(RowSet::Train).len();
    let unlabelled = session.rows(RowSet::Unlabelled).in_use();
    let entered = unlabelled.map(|(row, label)| (first + row, label));
    let rows: Vec<(usize, usize)> = session.rows(RowSet::Train).in_use().chain(entered).collect();
    pool.select(&rows)
}

/// Reads the unlabelled texts and saves them with the run; a resumed run reads the saved copy.
fn read_unlabelled(
    path: &Path,
    options: &CorrectionsOptions,
    cleaning: Cleaning,
    run: &Path,
) -> Result<Rows> {
    let kept = run.join("data").join("unlabelled.jsonl");
    if !kept.exists() {
        let mut dataset = read(path, &options.read, options.on_bad_row)?;
        clean_texts(&mut dataset, cleaning);
        write_file(&kept, |writer| {
            for row in &dataset.rows {
                writer.write_all(row.record.to_json().as_bytes())?;
                writer.write_all(b"\n")?;
            }
            Ok(())
        })?;
    }
    let options = ReadOptions::with_fields(&options.read.text_field, &options.read.label_field);
    let dataset = read(&kept, &options, OnBadRow::Fail)?;
    let rows = dataset.rows.iter().map(|row| (row.line, row.record.text()));
    Ok(Rows::unlabelled(rows))
}

/// The training rows with the corrections made so far.
pub(crate) struct CorrectedData {
    shared: Rc<RefCell<Shared>>,
    pool: EncodedExamples,
    /// The session's version of the training rows, and the rows of the current epoch, which are based on that version.
    view: RefCell<(usize, EncodedExamples)>,
}

impl TrainData<ClassificationObjective> for CorrectedData {
    fn len(&self) -> usize {
        self.view.borrow().1.len()
    }

    fn length(&self, index: usize) -> usize {
        self.view.borrow().1.length(index)
    }

    fn weight(&self, index: usize) -> f64 {
        self.view.borrow().1.weight(index)
    }

    fn order(&self, seed: u64, epoch: usize) -> Option<Vec<usize>> {
        self.view.borrow().1.order(seed, epoch)
    }

    fn batch(
        &self,
        indices: &[usize],
        device: &Device,
    ) -> std::result::Result<<ClassificationObjective as Trainable>::Batch, BoxError> {
        self.view.borrow().1.batch(indices, device)
    }

    fn refresh(&self, epoch: usize) -> std::result::Result<bool, BoxError> {
        let session = &mut self.shared.borrow_mut().session;
        session.advance(epoch)?;
        let mut view = self.view.borrow_mut();
        let changed = view.0 != session.train_version();
        if changed {
            *view = (session.train_version(), train_view(session, &self.pool));
        }
        Ok(changed)
    }
}

/// Evaluates a classifier, and stores the rows to ask about.
pub(crate) struct CorrectingEvaluator<'a> {
    corrections: &'a CorrectionLoop,
    inner: ClassificationEvaluator,
    version: usize,
}

impl Evaluate<ClassificationObjective> for CorrectingEvaluator<'_> {
    fn evaluate(&mut self, model: &ClassificationObjective) -> std::result::Result<Metrics, BoxError> {
        let metrics = self.inner.evaluate(model)?;
        let found = self.corrections.find_questions(model)?;
        self.corrections.shared.borrow_mut().found = found;
        Ok(metrics)
    }

    fn refresh(&mut self, epoch: usize) -> std::result::Result<bool, BoxError> {
        let version = {
            let session = &mut self.corrections.shared.borrow_mut().session;
            session.advance(epoch)?;
            session.validation_version()
        };
        let changed = self.version != version;
        if changed {
            self.version = version;
            self.inner = self.corrections.inner_evaluator();
        }
        Ok(changed)
    }
}

/// Publishes the questions that an evaluation found.
struct QueueCallback(Rc<RefCell<Shared>>);

impl Callback for QueueCallback {
    fn name(&self) -> &str {
        "corrections"
    }

    fn on_evaluate(&mut self, state: &TrainState, _metrics: &Metrics) -> CallbackResult {
        let mut shared = self.0.borrow_mut();
        let mut found = std::mem::take(&mut shared.found);
        for question in &mut found {
            question.global_step = state.global_step;
        }
        shared.session.publish(found)?;
        Ok(Control::CONTINUE)
    }
}
