//! How many people said this? Finds the stored texts that are similar to a text.

use std::collections::HashMap;
use std::sync::Arc;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use utoipa::IntoParams;

use crate::error::{Error, Result};
use crate::http::url::encoded;
use crate::problem::{Code, Problem, ServiceResult};
use crate::services::history::{self, HistoryQuery};
use crate::state::{Inner, Shared};
use crate::vectors::{Encoder, KeptVectors};
use feedback_store::{Cursor, Filter, Store, StoredPrediction};
use feedback_vectors::{Found, Hit, Query, VectorFile};

/// Maximum number of similar texts in an answer.
const MAX_SIMILAR: usize = 200;
const DEFAULT_SIMILAR: usize = 20;
/// The similarity above which texts count as similar, unless the request says otherwise.
pub(crate) const MIN_SIMILARITY: f64 = 0.6;
/// From this similarity on, seen from the mean of the kept vectors, two texts say the same in other words (docs/guide.md, Leaks). In many
/// encoders, all vectors point in about the same direction; without the mean, every text would be like every other.
const SAME: f32 = 0.7;
/// From this similarity on, without the mean, two texts are the same.
const EQUAL: f32 = 0.999;
/// Number of vectors from which the mean is computed.
const MEAN_OF: usize = 256;
/// Number of threads of a search. Two searches at a time leave no core of a small machine idle.
const THREADS: usize = 4;

/// The query parameters besides the filters. Empty values, as forms send them, are ignored.
#[derive(Debug, Clone, Default, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct SimilarParams {
    /// The text to compare with. Give either this or `id`.
    #[param(required = false)]
    pub(crate) text: String,
    /// The id of the stored text to compare with.
    #[param(required = false, pattern = "^([1-9][0-9]{0,17})?$")]
    pub(crate) id: String,
    /// Maximum number of texts to return, 1 to 200; 20 by default.
    #[param(required = false, pattern = "^([1-9][0-9]{0,2})?$")]
    pub(crate) k: String,
    /// The similarity above which texts count: the cosine of both vectors, 0 to 1; 0.6 by default.
    #[param(required = false, pattern = r"^(0(\.[0-9]+)?|1(\.0+)?)?$")]
    pub(crate) min_similarity: String,
}

/// The parsed query string.
#[derive(Debug, Clone, Default)]
pub(crate) struct SimilarQuery {
    pub(crate) params: SimilarParams,
    pub(crate) filter: HistoryQuery,
}

impl FromRequestParts<Shared> for SimilarQuery {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &Shared) -> ServiceResult<Self> {
        let query = Self::parse(parts.uri.query().unwrap_or_default())?;
        Ok(Self {
            filter: query.filter.resolved(state).await?,
            ..query
        })
    }
}

impl SimilarQuery {
    fn parse(query: &str) -> ServiceResult<Self> {
        let (mut params, mut rest) = (SimilarParams::default(), Vec::new());
        for (name, value) in form_urlencoded::parse(query.as_bytes()) {
            let own = match &*name {
                "text" => &mut params.text,
                "id" => &mut params.id,
                "k" => &mut params.k,
                "min_similarity" => &mut params.min_similarity,
                "before" | "limit" if !value.is_empty() => {
                    return Err(Problem::invalid(format!(
                        "`{name}` cannot be used here; `k` limits the list"
                    )));
                }
                _ => {
                    rest.push(format!("{}={}", encoded(&name), encoded(&value)));
                    continue;
                }
            };
            if !own.is_empty() {
                return Err(Problem::invalid(format!("`{name}` is given more than once")));
            }
            *own = value.into_owned();
        }
        let filter = HistoryQuery::parse(&rest.join("&"))?;
        Ok(Self { params, filter })
    }

    /// Returns the text to compare with.
    ///
    /// # Errors
    ///
    /// `invalid_request` unless exactly one of `text` and `id` is given.
    pub(crate) fn wanted(&self) -> ServiceResult<Wanted> {
        match (self.params.text.as_str(), self.params.id.as_str()) {
            (text, "") if !text.is_empty() => Ok(Wanted::Text(text.to_owned())),
            ("", id) if !id.is_empty() => {
                let id = id.parse().ok().filter(|id| *id > 0);
                id.map(Wanted::Id)
                    .ok_or_else(|| Problem::invalid("`id` must be a number above 0"))
            }
            _ => Err(Problem::invalid("expected exactly one of `text` and `id`")),
        }
    }

    pub(crate) fn k(&self) -> ServiceResult<usize> {
        if self.params.k.is_empty() {
            return Ok(DEFAULT_SIMILAR);
        }
        let k = self
            .params
            .k
            .parse()
            .ok()
            .filter(|k| (1..=MAX_SIMILAR).contains(k));
        k.ok_or_else(|| Problem::invalid(format!("`k` must be 1 to {MAX_SIMILAR}")))
    }

    pub(crate) fn min_similarity(&self) -> ServiceResult<f64> {
        if self.params.min_similarity.is_empty() {
            return Ok(MIN_SIMILARITY);
        }
        let min = self.params.min_similarity.parse().ok();
        let min = min.filter(|min| (0.0..=1.0).contains(min));
        min.ok_or_else(|| Problem::invalid("`min_similarity` must be from 0 to 1"))
    }
}

/// The text to compare with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Wanted {
    Text(String),
    Id(i64),
}

/// The texts that are similar to a text.
#[derive(Debug)]
pub(crate) struct Similar {
    /// The text.
    pub(crate) text: String,
    /// Number of texts that are similar enough and match the filter, the text itself included.
    pub(crate) count: u64,
    /// The most similar ones, with their similarities.
    pub(crate) items: Vec<(f64, StoredPrediction)>,
    /// Number of texts with a vector, and of all texts.
    pub(crate) covered: (u64, u64),
}

/// For each text, returns the first one before it that says the same, by the kept vectors; `None` if there is none, or if the text has no
/// vector yet.
///
/// # Errors
///
/// The vectors cannot be read.
pub(crate) async fn same_as(state: &Inner, ids: &[i64]) -> ServiceResult<Vec<Option<i64>>> {
    let (vectors, ids) = (Arc::clone(&state.vectors), ids.to_vec());
    let _turn = state.lists.acquire().await;
    let found = state.store.run(move |_| -> Result<_> {
        let guard = vectors.read();
        let Some(file) = guard.as_ref() else {
            return Ok(vec![None; ids.len()]);
        };
        let wanted: Vec<u64> = ids.iter().map(|id| id.cast_unsigned()).collect();
        let (found, values) = file.get_many(&wanted)?;
        let width = file.width().max(1);
        let mean = mean(file)?;
        let rows: HashMap<u64, Kept<'_>> = found
            .into_iter()
            .zip(
                values
                    .chunks_exact(width)
                    .map(|vector| (vector, direction(vector, &mean))),
            )
            .collect();
        let mut first: Vec<(i64, &Kept<'_>)> = Vec::new();
        let mut same = Vec::with_capacity(ids.len());
        for (id, key) in ids.into_iter().zip(wanted) {
            let Some(vector) = rows.get(&key) else {
                same.push(None);
                continue;
            };
            let is_same =
                |other: &Kept<'_>| cosine(&vector.1, &other.1) >= SAME || cosine(vector.0, other.0) >= EQUAL;
            let earlier = first.iter().find(|(_, other)| is_same(other)).map(|(id, _)| *id);
            if earlier.is_none() {
                first.push((id, vector));
            }
            same.push(earlier);
        }
        Ok(same)
    });
    Ok(found.await?)
}

/// A kept vector, and its direction from the mean.
type Kept<'a> = (&'a [f32], Vec<f32>);

/// The mean of an even selection of the kept vectors.
fn mean(file: &VectorFile) -> Result<Vec<f32>> {
    let ids = file.ids();
    let n = ids.len().min(MEAN_OF);
    let chosen: Vec<u64> = (0..n).map(|index| ids[index * ids.len() / n]).collect();
    let (_, values) = file.get_many(&chosen)?;
    let mut mean = vec![0.0; file.width()];
    for vector in values.chunks_exact(file.width().max(1)) {
        for (sum, value) in mean.iter_mut().zip(vector) {
            *sum += value / n as f32;
        }
    }
    Ok(mean)
}

/// The vector from the mean, at length 1; zero if it is the mean.
fn direction(vector: &[f32], mean: &[f32]) -> Vec<f32> {
    let moved: Vec<f32> = vector
        .iter()
        .zip(mean)
        .map(|(value, mean)| value - mean)
        .collect();
    let length = moved.iter().map(|value| value * value).sum::<f32>().sqrt();
    match length > 1e-6 {
        true => moved.iter().map(|value| value / length).collect(),
        false => vec![0.0; moved.len()],
    }
}

/// The cosine of two vectors of length 1.
fn cosine(a: &[f32], b: &[f32]) -> f32 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

/// Finds the texts that are at least as similar as `min_similarity`, and returns up to `k` of them, the most similar first.
///
/// # Errors
///
/// `not_found` if there is no text with the given id; `conflict` if no model gives vectors, or the first ones are not computed yet.
pub(crate) async fn similar(
    state: &Inner,
    wanted: Wanted,
    filter: Filter,
    k: usize,
    min_similarity: f64,
) -> ServiceResult<Similar> {
    let text = match &wanted {
        Wanted::Text(text) => state.masked(text.clone()),
        Wanted::Id(id) => history::find(state, *id).await?.prediction.text,
    };
    let encoder = state.keeper.encoder().ok_or_else(|| {
        let reason = "the serving model gives no vectors, or it has only just been loaded";
        Problem::new(Code::Conflict, reason)
    })?;
    let vector = vector(state, &wanted, &text, encoder).await?;
    let _turn = state.lists.acquire().await;
    let vectors = Arc::clone(&state.vectors);
    let search = move |store: &dyn Store| -> Result<_> {
        let found = search(store, &vectors, &filter, &vector, k, min_similarity)?;
        let items = load(store, &found.hits)?;
        let n = vectors.read().as_ref().map_or(0, |file| file.len() as u64);
        Ok((found.count, items, (n, store.count(&Filter::default())?)))
    };
    let (count, items, covered) = state.store.run(search).await?;
    Ok(Similar {
        text,
        count,
        items,
        covered,
    })
}

fn search(
    store: &dyn Store,
    vectors: &KeptVectors,
    filter: &Filter,
    vector: &[f32],
    k: usize,
    min_similarity: f64,
) -> Result<Found> {
    let accepted = match *filter == Filter::default() {
        true => None,
        false => Some(store.ids(filter, usize::MAX)?),
    };
    // The newest comes first.
    let accept = |id: u64| {
        let accepted = accepted.as_deref();
        accepted.is_none_or(|ids| ids.binary_search_by(|other| id.cast_signed().cmp(other)).is_ok())
    };
    let query = Query {
        vector,
        k,
        min_similarity: min_similarity as f32,
        accept: Some(&accept),
        threads: THREADS.min(std::thread::available_parallelism().map_or(1, usize::from)),
    };
    match vectors.read().as_ref() {
        // Another encoder may have begun to serve meanwhile.
        Some(file) if file.width() == vector.len() => Ok(file.search(&query)?),
        _ => Ok(Found::default()),
    }
}

/// Loads the texts, in the order of the hits.
fn load(store: &dyn Store, hits: &[Hit]) -> Result<Vec<(f64, StoredPrediction)>> {
    let wanted = Filter {
        ids: Some(hits.iter().map(|hit| hit.id.cast_signed()).collect()),
        ..Filter::default()
    };
    let items = store.history(&wanted, Cursor::newest(hits.len()))?;
    let mut found = Vec::with_capacity(items.len());
    for item in items {
        let place = hits.iter().position(|hit| hit.id.cast_signed() == item.id);
        found.extend(place.map(|place| (place, f64::from(hits[place].similarity), item)));
    }
    found.sort_by_key(|(place, ..)| *place);
    Ok(found
        .into_iter()
        .map(|(_, similarity, item)| (similarity, item))
        .collect())
}

/// Returns the vector of the text: the kept one or, if there is none yet, a new one.
async fn vector(
    state: &Inner,
    wanted: &Wanted,
    text: &str,
    encoder: Arc<Encoder>,
) -> ServiceResult<Vec<f32>> {
    if text.trim().is_empty() {
        return Err(Problem::new(Code::EmptyText, "the text is empty"));
    }
    if let Wanted::Id(id) = wanted
        && let Some(file) = state.vectors.read().as_ref()
        && file.encoder() == encoder.fingerprint()
        && let Some(vector) = file.get(id.cast_unsigned()).map_err(Error::from)?
    {
        return Ok(vector);
    }
    let texts = [text.to_owned()];
    let computed = tokio::task::spawn_blocking(move || encoder.vectors(&texts));
    let computed = computed
        .await
        .map_err(|error| Problem::new(Code::ModelFailed, error.to_string()))?;
    let vector = computed.into_iter().next().flatten();
    vector.ok_or_else(|| Problem::new(Code::ModelFailed, "the model gives no vector for this text"))
}
