//! Maps items on all cores; results are in order.

use std::num::NonZeroUsize;
use std::thread;

/// For fewer items, starting threads takes more time than it saves.
const MIN_ITEMS: usize = 512;

/// Maps items; the result does not depend on the number of threads.
///
/// # Examples
///
/// ```
/// assert_eq!(feedback_text::parallel::map_items(&["a", "bc"], |text| text.len()), [1, 2]);
/// ```
pub fn map_items<T: Sync, R: Send>(items: &[T], map: impl Fn(&T) -> R + Sync) -> Vec<R> {
    map_indices(items.len(), |index| map(&items[index]))
}

/// Maps the numbers below `n`; the result does not depend on the number of threads.
pub fn map_indices<R: Send>(n: usize, map: impl Fn(usize) -> R + Sync) -> Vec<R> {
    let threads = thread::available_parallelism().map_or(1, NonZeroUsize::get);
    if threads == 1 || n < MIN_ITEMS {
        return (0..n).map(map).collect();
    }
    let size = n.div_ceil(threads);
    let mut chunks: Vec<Vec<R>> = Vec::new();
    chunks.resize_with(threads, Vec::new);
    thread::scope(|scope| {
        for (index, chunk) in chunks.iter_mut().enumerate() {
            let map = &map;
            scope.spawn(move || *chunk = (index * size..((index + 1) * size).min(n)).map(map).collect());
        }
    });
    chunks.into_iter().flatten().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn results_are_in_order() {
        for n in [0, 1, 511, 512, 513, 2001] {
            assert_eq!(
                map_indices(n, |index| index * 2),
                (0..n).map(|index| index * 2).collect::<Vec<_>>()
            );
        }
    }
}
