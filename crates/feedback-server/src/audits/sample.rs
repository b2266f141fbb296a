//! The audited texts of a filter, and those that come next.

use std::collections::HashSet;

use feedback_metrics::prevalence::MIN_AUDITS;
use feedback_store::{Filter, Judged, Store};

use super::order::place;
use super::trained::TrainedOn;
use crate::error::Result;

/// Filters with at most this number of texts are read as a whole.
const SMALL: u64 = 20_000;
/// Number of texts that are read at least from a larger filter.
const FIRST: u64 = 1_000;
/// Number of texts that are read at most for the audits.
const MOST: u64 = 10_000;

/// The start of the random order of the texts that pass a filter.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Sample {
    /// The texts before the first one that nobody labelled. They are a random sample of the texts up to `up_to`: the place of a text does
    /// not depend on whether it was labelled, and none was left out.
    pub(crate) audited: Vec<Judged>,
    /// The texts that the model was trained on: not part of the population that the sample is drawn from, because they say nothing about the
    /// model's errors. Of a large filter, only those that people labelled, once [`add_learnt`] was called.
    pub(crate) learnt: Vec<Judged>,
    /// Whether `learnt` has all of them.
    pub(crate) is_complete: bool,
    /// The highest id of the texts that the sample is drawn from; `None` if it is drawn from all. Later texts have places among the
    /// earlier ones, and nobody labelled the first of them yet.
    pub(crate) up_to: Option<i64>,
    /// The first texts that nobody labelled, of all, without repetitions of a text.
    pub(crate) next: Vec<i64>,
}

impl Sample {
    /// Returns the number of audited texts to which the model gave the same labels as people.
    pub(crate) fn right(&self) -> usize {
        let same = |a: &[String], b: &[String]| a.len() == b.len() && a.iter().all(|label| b.contains(label));
        let is_right = |row: &&Judged| {
            row.given
                .as_deref()
                .is_some_and(|given| same(given, &row.predicted))
        };
        self.audited.iter().filter(is_right).count()
    }
}

/// Returns whether a random sample of the texts of this filter can be drawn: it selects texts neither by label nor by correction.
pub(crate) fn can_be_sampled(filter: &Filter) -> bool {
    filter.label.is_none() && filter.corrected.is_none()
}

/// Reads the start of the random order, up to `n_next` texts that nobody labelled.
///
/// The filter must not select by label or by correction: among the texts that people corrected, for example, those that they labelled are
/// no random sample.
///
/// # Errors
///
/// Errors of the store.
pub(crate) fn draw(
    store: &dyn Store,
    filter: &Filter,
    n_next: usize,
    trained_on: &TrainedOn,
) -> Result<Sample> {
    let n = store.count(filter)?;
    if n <= SMALL {
        let (learnt, rows) = store
            .judged(filter)?
            .into_iter()
            .partition(|row| trained_on.has(row));
        return Ok(Sample {
            is_complete: true,
            ..start(rows, learnt, n_next)
        });
    }
    let labelled = store.count(&labelled(filter))?;
    // The audits are at most the labelled texts, and stand among texts that came later.
    let wanted = (FIRST + 2 * labelled).min(MOST) + n_next as u64;
    let mut share = wanted as f64 / n as f64;
    loop {
        let mut rows = store.judged(&first_part(store, filter, share)?)?;
        rows.retain(|row| !trained_on.has(row));
        let sample = start(rows, Vec::new(), n_next);
        if share >= 1.0 || sample.next.len() >= n_next.max(1) {
            return Ok(sample);
        }
        share *= 4.0;
    }
}

/// Completes [`Sample::learnt`]: only shares need it, and it takes a look at all labelled texts.
///
/// # Errors
///
/// Errors of the store.
pub(crate) fn add_learnt(
    store: &dyn Store,
    filter: &Filter,
    sample: &mut Sample,
    trained_on: &TrainedOn,
) -> Result<()> {
    if sample.is_complete || !trained_on.knows_any() {
        return Ok(());
    }
    sample.learnt = store.judged(&Filter {
        max_id: sample.up_to,
        ..labelled(filter)
    })?;
    sample.learnt.retain(|row| trained_on.has(row));
    sample.is_complete = true;
    Ok(())
}

fn labelled(filter: &Filter) -> Filter {
    Filter {
        corrected: Some(true),
        ..filter.clone()
    }
}

/// Narrows the filter to the first `share` of the random order.
fn first_part(store: &dyn Store, filter: &Filter, share: f64) -> Result<Filter> {
    if share >= 1.0 {
        return Ok(filter.clone());
    }
    let end = (share * u64::MAX as f64) as u64;
    let is_first = |id: &i64| place(*id) < end;
    let ids = match &filter.ids {
        Some(ids) => ids.iter().copied().filter(is_first).collect(),
        None => {
            let newest = store.ids(&Filter::default(), 1)?.first().copied().unwrap_or(0);
            (1..=newest).filter(is_first).collect()
        }
    };
    Ok(Filter {
        ids: Some(ids),
        ..filter.clone()
    })
}

/// Draws from `rows`; `learnt` are the other texts of the filter.
fn start(mut rows: Vec<Judged>, mut learnt: Vec<Judged>, n_next: usize) -> Sample {
    rows.sort_by_key(|row| place(row.id));
    let open = rows.iter().filter(|row| row.given.is_none());
    let mut seen = HashSet::new();
    let next = open
        .filter(|row| seen.insert(row.fingerprint))
        .map(|row| row.id)
        .take(n_next)
        .collect();
    let up_to = best_end(&rows);
    let of_sample = |row: &Judged| up_to.is_none_or(|end| row.id <= end);
    learnt.retain(of_sample);
    let rows = rows.into_iter().filter(of_sample);
    Sample {
        learnt,
        is_complete: false,
        audited: rows.take_while(|row| row.given.is_some()).collect(),
        up_to,
        next,
    }
}

/// The highest id of the texts that the sample should be drawn from; `None` for all texts.
///
/// If texts have come since the audits, some of them have the first places and no label, and hardly an audit would be left. A sample of
/// the texts that were there before is as random. It is taken if all texts do not have [`MIN_AUDITS`], and the texts up to some id do; the
/// end that leaves out the fewest texts is chosen.
fn best_end(rows: &[Judged]) -> Option<i64> {
    if audits(rows, None) >= MIN_AUDITS {
        return None;
    }
    // Only a text that nobody labelled, and that came before all others of these with earlier places, ends a sample.
    let mut first = i64::MAX;
    let open = rows.iter().filter(|row| row.given.is_none());
    let mut ends = open.filter_map(|row| {
        let is_earlier = row.id < first;
        first = first.min(row.id);
        is_earlier.then_some(first - 1)
    });
    ends.find(|end| audits(rows, Some(*end)) >= MIN_AUDITS)
}

/// The number of audits among the texts up to an id.
fn audits(rows: &[Judged], end: Option<i64>) -> usize {
    let of_sample = rows.iter().filter(|row| end.is_none_or(|end| row.id <= end));
    of_sample.take_while(|row| row.given.is_some()).count()
}

/// Sorts items into the random order.
pub(crate) fn in_order<T>(items: &mut [T], id: impl Fn(&T) -> i64) {
    items.sort_by_key(|item| place(id(item)));
}

#[cfg(test)]
mod tests {
    use std::cmp::Reverse;

    use feedback_store::{CorrectionStore, NewCorrection, NewPrediction, PredictionStore, SqliteStore};

    use super::*;

    fn row(id: i64, fingerprint: i64, given: Option<&str>) -> Judged {
        Judged {
            id,
            fingerprint,
            predicted: vec!["bug".into()],
            given: given.map(|label| vec![label.to_owned()]),
            model: "a".into(),
        }
    }

    #[test]
    fn audits_end_at_the_first_text_without_a_label() {
        let mut ids: Vec<i64> = (1..=9).collect();
        ids.sort_by_key(|id| place(*id));
        let mut rows: Vec<Judged> = ids.iter().map(|&id| row(id, id, None)).collect();
        for labelled in [0, 1, 3] {
            rows[labelled].given = Some(vec!["praise".into()]);
        }
        rows[5].fingerprint = rows[4].fingerprint;
        rows.sort_by_key(|row| Reverse(row.id));
        let sample = start(rows, Vec::new(), 3);
        assert_eq!(
            sample.audited.iter().map(|row| row.id).collect::<Vec<_>>(),
            ids[..2]
        );
        assert_eq!(
            sample.next,
            [ids[2], ids[4], ids[6]],
            "labelled and repeated texts are not asked for"
        );
        assert_eq!(start(Vec::new(), Vec::new(), 3), Sample::default());
    }

    #[test]
    fn texts_that_come_later_do_not_end_the_sample_of_the_earlier_ones() {
        let mut ids: Vec<i64> = (1..=400).collect();
        ids.sort_by_key(|id| place(*id));
        let labelled: HashSet<i64> = ids[..83].iter().copied().collect();
        let with = |n: i64| -> Vec<Judged> {
            let given = |id: i64| labelled.contains(&id).then_some("bug");
            (1..=n).map(|id| row(id, id, given(id))).collect()
        };
        let before = start(with(400), Vec::new(), 1);
        assert_eq!((before.audited.len(), before.up_to), (83, None));
        let after = start(with(410), Vec::new(), 1);
        assert_eq!(after.audited.len(), 83);
        assert!(
            after.up_to.is_some_and(|end| (400..410).contains(&end)),
            "{:?}",
            after.up_to
        );
        assert!(after.next[0] > 400, "a new text comes next");
        // Without 50 audits up to any id, the sample is that of all texts.
        let few: Vec<Judged> = with(410)
            .into_iter()
            .filter(|row| row.id > 200 || row.given.is_none())
            .collect();
        assert_eq!(start(few, Vec::new(), 1).up_to, None);
    }

    #[test]
    fn a_part_of_a_large_filter_is_the_start_of_the_whole() {
        let folder = tempfile::tempdir().unwrap();
        let store = SqliteStore::open(&folder.path().join("db")).unwrap();
        let new = |row: usize| NewPrediction {
            text: format!("text {row}"),
            labels: vec!["bug".into()],
            source: if row.is_multiple_of(10) { "mail" } else { "api" }.into(),
            at: 0,
            undated: true,
            confidence: 0.9,
            margin: 0.8,
            abstained: None,
            truncated: false,
            unfamiliarity: None,
            scores: Vec::new(),
            answers: Vec::new(),
            model: "a".into(),
            batch: None,
            fields: feedback_store::Fields::default(),
        };
        let ids = store.add_predictions((0..30_000).map(new).collect()).unwrap();
        let mut order = ids.clone();
        order.sort_by_key(|id| place(*id));
        for &id in &order[..2_500] {
            let correction = NewCorrection {
                prediction_id: id,
                labels: vec!["praise".into()],
                actor: "Ann".into(),
                settles: false,
                idempotency_key: None,
            };
            store.correct(correction).unwrap();
        }
        let trained_on = TrainedOn::new(folder.path().join("models"));
        let sample = draw(&store, &Filter::default(), 7, &trained_on).unwrap();
        let audited: Vec<i64> = sample.audited.iter().map(|row| row.id).collect();
        assert_eq!(
            (audited, sample.next),
            (order[..2_500].to_vec(), order[2_500..2_507].to_vec())
        );
        let themes = Filter {
            ids: Some(ids.iter().copied().filter(|id| id % 7 != 0).collect()),
            ..Filter::default()
        };
        let sample = draw(&store, &themes, 1, &trained_on).unwrap();
        let next = order[2_500..].iter().find(|id| *id % 7 != 0).unwrap();
        assert_eq!(sample.next, [*next]);
    }
}
