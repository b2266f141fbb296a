//! Exact search: the product with every vector of a file.

use std::cmp::{Ordering, Reverse};
use std::collections::BinaryHeap;

use crate::error::{Error, Result};
use crate::file::{VectorFile, normalised, read_up_to};
use crate::half::{Factor, to_words};
use crate::record::COMPONENTS;

/// Number of bytes that a thread reads at a time: they stay in its part of the cache.
const BLOCK: usize = 256 << 10;
/// Number of vectors below which one thread is faster than several.
const MIN_FOR_THREADS: usize = 4096;

/// Says of an id whether it may be found.
pub type Accept<'a> = dyn Fn(u64) -> bool + Sync + 'a;

/// What to search for.
#[derive(Clone, Copy)]
pub struct Query<'a> {
    /// A vector of the same encoder, of any length above 0.
    pub vector: &'a [f32],
    /// Maximum number of hits.
    pub k: usize,
    /// Minimum similarity, −1 to 1.
    pub min_similarity: f32,
    /// Which ids may be found. It is called only for those that are similar enough. `None` for all.
    pub accept: Option<&'a Accept<'a>>,
    /// Number of threads, at least 1.
    pub threads: usize,
}

impl std::fmt::Debug for Query<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Query")
            .field("k", &self.k)
            .field("min_similarity", &self.min_similarity)
            .finish_non_exhaustive()
    }
}

/// A similar text.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Hit {
    /// The id of the text.
    pub id: u64,
    /// The cosine of both vectors, −1 to 1.
    pub similarity: f32,
}

/// What was found.
#[derive(Debug, Clone, Default, PartialEq)]
#[non_exhaustive]
pub struct Found {
    /// The most similar texts, the most similar first, and of equally similar ones the lower id first.
    pub hits: Vec<Hit>,
    /// How many texts are similar enough, beyond `k` too.
    pub count: u64,
}

impl VectorFile {
    /// Finds the texts with the most similar vectors. The result does not depend on the number of threads.
    ///
    /// # Errors
    ///
    /// [`Error::Width`], [`Error::NoDirection`], or [`Error::Setting`] for `min_similarity`; I/O errors.
    pub fn search(&self, query: &Query<'_>) -> Result<Found> {
        if !(-1.0..=1.0).contains(&query.min_similarity) {
            return Err(Error::Setting {
                field: "min_similarity",
                found: query.min_similarity.to_string(),
                expected: "-1 to 1",
            });
        }
        let vector = normalised(query.vector, self.width(), || "the query".into())?;
        let factor = Factor::new(&vector);
        let n = self.n_records();
        let threads = if n < MIN_FOR_THREADS {
            1
        } else {
            query.threads.max(1)
        };
        let share = n.div_ceil(threads).max(1);
        let parts: Vec<Result<Best>> = std::thread::scope(|scope| {
            let search = |first: usize| {
                let factor = &factor;
                scope.spawn(move || self.search_records(query, factor, first, share.min(n - first)))
            };
            let running: Vec<_> = (0..n).step_by(share).map(search).collect();
            let joined = running.into_iter().map(|thread| match thread.join() {
                Ok(found) => found,
                Err(panic) => std::panic::resume_unwind(panic),
            });
            joined.collect()
        });
        let mut best = Best::new(query.k);
        for part in parts {
            best.add_all(part?);
        }
        Ok(best.into_found())
    }

    fn search_records(&self, query: &Query<'_>, factor: &Factor, first: usize, n: usize) -> Result<Best> {
        let length = self.layout().record();
        let mut file = self.reader(first)?;
        let mut buffer = vec![0; (BLOCK / length).max(1) * length];
        let mut words = vec![0; buffer.len() / 4];
        let mut best = Best::new(query.k);
        let mut left = n * length;
        while left > 0 {
            let wanted = left.min(buffer.len());
            let read = read_up_to(&mut file, &mut buffer[..wanted])?;
            to_words(&buffer[..read], &mut words);
            for record in words[..read / 4].chunks_exact(length / 4) {
                let similarity = factor.dot(&record[COMPONENTS / 4..]);
                if similarity < query.min_similarity {
                    continue;
                }
                let id = u64::from(record[0]) | u64::from(record[1]) << 32;
                if id > 0 && query.accept.is_none_or(|accept| accept(id)) {
                    let similarity = similarity.clamp(-1.0, 1.0);
                    best.add(Hit { id, similarity });
                }
            }
            if read < wanted {
                break;
            }
            left -= read;
        }
        Ok(best)
    }
}

/// The best hits so far.
struct Best {
    k: usize,
    count: u64,
    /// The worst hit is on top.
    hits: BinaryHeap<Reverse<Ranked>>,
}

/// A hit in the order of similarity; the better one is larger.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Ranked(Hit);

impl Eq for Ranked {}

impl Ord for Ranked {
    fn cmp(&self, other: &Self) -> Ordering {
        let by_similarity = self.0.similarity.total_cmp(&other.0.similarity);
        by_similarity.then(other.0.id.cmp(&self.0.id))
    }
}

impl PartialOrd for Ranked {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Best {
    fn new(k: usize) -> Self {
        Self {
            k,
            count: 0,
            hits: BinaryHeap::new(),
        }
    }

    fn add(&mut self, hit: Hit) {
        self.count += 1;
        self.keep(Ranked(hit));
    }

    fn keep(&mut self, hit: Ranked) {
        if self.hits.len() < self.k {
            self.hits.push(Reverse(hit));
        } else if let Some(mut worst) = self.hits.peek_mut()
            && hit > worst.0
        {
            *worst = Reverse(hit);
        }
    }

    fn add_all(&mut self, other: Self) {
        self.count += other.count;
        other.hits.into_iter().for_each(|Reverse(hit)| self.keep(hit));
    }

    fn into_found(self) -> Found {
        // Ascending order of what is reversed: the best hit comes first.
        let hits = self.hits.into_sorted_vec();
        Found {
            hits: hits.into_iter().map(|Reverse(Ranked(hit))| hit).collect(),
            count: self.count,
        }
    }
}
