//! Texts that several people labelled: where they agree, and where they do not.

use std::collections::{BTreeMap, BTreeSet};

use feedback_metrics::{ConfusionMatrix, KappaWeights};
use feedback_store::{Cursor, Filter, Opinion, Store, StoredPrediction};

use crate::error::Result;
use crate::labels::words;
use crate::problem::ServiceResult;
use crate::state::Inner;

/// Maximum number of texts that are compared; with more, only the newest are.
const MAX_TEXTS: usize = 5_000;
/// Maximum number of disagreements that are returned.
const SHOWN: usize = 50;

/// Who said what, in the order in which they did.
type Said = Vec<(String, Vec<String>)>;

/// A text about which people disagree.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Disagreement {
    pub(crate) stored: StoredPrediction,
    /// What each person said, in the order in which they did.
    pub(crate) said: Said,
}

/// How often two people gave the same labels to a text, before anything was settled.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Pair {
    pub(crate) people: [String; 2],
    /// Number of texts that both labelled.
    pub(crate) texts: usize,
    /// Number of texts to which both gave the same labels.
    pub(crate) same: usize,
    /// Cohen's kappa; `None` if both always gave the same label to all texts.
    pub(crate) kappa: Option<f64>,
}

/// What several people said.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Agreement {
    /// The pairs with common texts, most texts first.
    pub(crate) pairs: Vec<Pair>,
    /// Number of texts about which people disagree.
    pub(crate) n_open: usize,
    /// The newest of them.
    pub(crate) open: Vec<Disagreement>,
}

/// Compares what people said about the newest texts that at least two of them labelled.
///
/// # Errors
///
/// Errors of the store.
pub(crate) async fn agreement(state: &Inner) -> ServiceResult<Agreement> {
    let _turn = state.lists.acquire().await;
    Ok(state.store.run(read).await?)
}

fn read(store: &dyn Store) -> Result<Agreement> {
    let mut of_texts: BTreeMap<i64, Vec<Opinion>> = BTreeMap::new();
    for opinion in store.opinions(MAX_TEXTS)? {
        of_texts.entry(opinion.prediction_id).or_default().push(opinion);
    }
    let open: Vec<(i64, Said)> = of_texts
        .iter()
        .rev()
        .filter_map(|(id, opinions)| Some((*id, open(opinions)?)))
        .collect();
    let (n_open, ids) = (open.len(), open.iter().take(SHOWN).map(|(id, _)| *id).collect());
    let filter = Filter {
        ids: Some(ids),
        ..Filter::default()
    };
    let stored = store.history(&filter, Cursor::newest(SHOWN))?;
    let with_text = |stored: StoredPrediction| {
        let (_, said) = open.iter().find(|(id, _)| *id == stored.id)?;
        Some(Disagreement {
            said: said.clone(),
            stored,
        })
    };
    Ok(Agreement {
        pairs: pairs(of_texts.values()),
        n_open,
        open: stored.into_iter().filter_map(with_text).collect(),
    })
}

/// The newest labels of each person since the last settlement, if they differ.
fn open(opinions: &[Opinion]) -> Option<Said> {
    let settled = opinions.iter().rposition(|opinion| opinion.settles).unwrap_or(0);
    let mut said = Said::new();
    for opinion in &opinions[settled..] {
        match said.iter_mut().find(|(actor, _)| *actor == opinion.actor) {
            Some((_, labels)) => labels.clone_from(&opinion.labels),
            None => said.push((opinion.actor.clone(), opinion.labels.clone())),
        }
    }
    said.iter()
        .any(|(_, labels)| *labels != said[0].1)
        .then_some(said)
}

/// Compares the first labels of each two people, which nobody has talked about yet.
fn pairs<'a>(texts: impl Iterator<Item = &'a Vec<Opinion>>) -> Vec<Pair> {
    let mut common: BTreeMap<[String; 2], Vec<[String; 2]>> = BTreeMap::new();
    for opinions in texts {
        let mut first: BTreeMap<&str, String> = BTreeMap::new();
        for opinion in opinions.iter().filter(|opinion| !opinion.settles) {
            first
                .entry(&opinion.actor)
                .or_insert_with(|| words(&opinion.labels));
        }
        let people: Vec<(&str, &String)> = first.iter().map(|(actor, said)| (*actor, said)).collect();
        for (place, (one, said)) in people.iter().enumerate() {
            for (other, said_too) in &people[place + 1..] {
                let key = [*one, *other].map(str::to_owned);
                common
                    .entry(key)
                    .or_default()
                    .push([(*said).clone(), (*said_too).clone()]);
            }
        }
    }
    let mut pairs: Vec<Pair> = common
        .into_iter()
        .map(|(people, said)| pair(people, &said))
        .collect();
    pairs.sort_by_key(|pair| std::cmp::Reverse(pair.texts)); // stable
    pairs
}

fn pair(people: [String; 2], said: &[[String; 2]]) -> Pair {
    let names: BTreeSet<&String> = said.iter().flatten().collect();
    let names: Vec<&String> = names.into_iter().collect();
    let ids = |side: usize| -> Vec<usize> {
        let id = |both: &[String; 2]| {
            names
                .iter()
                .position(|name| **name == both[side])
                .unwrap_or_default()
        };
        said.iter().map(id).collect()
    };
    let matrix = ConfusionMatrix::new(&ids(0), &ids(1), names.len().max(2));
    let kappa = matrix
        .ok()
        .map(|matrix| matrix.cohen_kappa(KappaWeights::Unweighted));
    Pair {
        people,
        texts: said.len(),
        same: said.iter().filter(|[one, other]| one == other).count(),
        kappa: kappa.filter(|kappa| kappa.is_finite()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn opinion(prediction_id: i64, actor: &str, label: &str, settles: bool) -> Opinion {
        Opinion {
            correction_id: 0,
            prediction_id,
            actor: actor.to_owned(),
            labels: vec![label.to_owned()],
            settles,
        }
    }

    #[test]
    fn a_settlement_ends_a_disagreement_until_somebody_objects() {
        let mut said = vec![
            opinion(1, "Ann", "bug", false),
            opinion(1, "Ben", "praise", false),
        ];
        assert_eq!(open(&said).unwrap().len(), 2);
        said.push(opinion(1, "Ben", "bug", false));
        assert_eq!(open(&said), None, "Ben changed his mind");
        said.push(opinion(1, "Ben", "question", false));
        said.push(opinion(1, "Cy", "question", true));
        assert_eq!(open(&said), None);
        said.push(opinion(1, "Ann", "bug", false));
        assert_eq!(open(&said).unwrap().len(), 2);
    }

    #[test]
    fn agreement_is_that_of_the_first_labels() {
        // 10 texts; both say bug of 4 and praise of 3, and they differ in 3. By hand: 0.7 observed, expected
        // 0.5 · 0.6 + 0.5 · 0.4 = 0.5, so kappa is 0.4.
        let text = |id: i64| {
            let (ann, ben) = match id {
                0..4 => ("bug", "bug"),
                4..7 => ("praise", "praise"),
                7 => ("bug", "praise"),
                _ => ("praise", "bug"),
            };
            vec![
                opinion(id, "Ann", ann, false),
                opinion(id, "Ben", ben, false),
                opinion(id, "Ben", ann, true),
            ]
        };
        let texts: Vec<Vec<Opinion>> = (0..10).map(text).collect();
        let found = pairs(texts.iter());
        assert_eq!((found.len(), found[0].texts, found[0].same), (1, 10, 7));
        assert!((found[0].kappa.unwrap() - 0.4).abs() < 1e-12, "{found:?}");
        let always = [vec![
            opinion(1, "Ann", "bug", false),
            opinion(1, "Ben", "bug", false),
        ]];
        assert_eq!(pairs(always.iter())[0].kappa, None);
    }
}
