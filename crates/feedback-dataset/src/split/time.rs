//! Splits by time: train on earlier rows, evaluate on later ones.

use std::collections::HashMap;

use crate::error::SplitError;
use crate::split::indices::SplitIndices;
use crate::split::size::SplitSize;

/// A split by time, and what decided where rows without a usable time are.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct TimeSplit {
    /// The rows of each part.
    pub parts: SplitIndices,
    /// The number of rows without a time. They are in training.
    pub undated: usize,
    /// The number of rows that are in an earlier part only because other rows have the same time and not all of them would
    /// fit.
    pub tied: usize,
}

/// Divides rows by time: the latest rows become test, the rows before them validation, and the rest train.
///
/// `times` can have any ordered type, such as the result of [`parse_timestamp`](crate::timestamp::parse_timestamp); `None` is a
/// row without a time. Groups stay together, and the earliest row of a group decides in which part the group is. So if
/// duplicates are in one group, no text of test occurs in an earlier part, but a part can contain later copies of its own texts.
///
/// - A row without a time, and its group, is in training: it may be later than every other row, and nothing shows that it
///   is.
/// - Rows with equal times stay together. If not all of them fit into a part, all stay in the earlier part. So every
///   test row is later than every dated row of training and validation, and parts can be smaller than requested.
///
/// Sizes have the same meaning as in [`split`](crate::split::split), and are of all rows, dated or not.
///
/// # Errors
///
/// [`SplitError::LengthMismatch`]; [`SplitError::Size`] for an impossible size, or if a part that should have rows would get
/// none because too many of the latest rows have the same time or group.
///
/// # Examples
///
/// ```
/// use feedback_dataset::split::{SplitSize, time_split};
/// use feedback_dataset::timestamp::parse_timestamp;
///
/// let times: Vec<_> = ["2025-03-01", "2025-01-01", "2025-02-01T08:00:00Z", "2025-04-01", "soon"]
///     .into_iter()
///     .map(parse_timestamp)
///     .collect();
/// let split = time_split(&times, &[0, 1, 2, 3, 4], SplitSize::Count(1), SplitSize::Count(1))?;
/// let parts = split.parts;
/// assert_eq!((parts.train, parts.validation, parts.test), (vec![1, 2, 4], vec![0], vec![3]));
/// assert_eq!(split.undated, 1);
/// # Ok::<(), feedback_dataset::Error>(())
/// ```
pub fn time_split<T: Ord>(
    times: &[Option<T>],
    groups: &[usize],
    test_size: SplitSize,
    validation_size: SplitSize,
) -> Result<TimeSplit, SplitError> {
    let n_rows = times.len();
    if groups.len() != n_rows {
        return Err(SplitError::LengthMismatch {
            what: "groups",
            found: groups.len(),
            expected: n_rows,
        });
    }
    let n_test = test_size.count(n_rows, "test")?;
    let n_validation = validation_size.count(n_rows, "validation")?;
    if n_rows > 0 && n_test + n_validation >= n_rows {
        let reason = format!(
            "with {n_test} rows for test and {n_validation} for validation, none of {n_rows} rows are left for training"
        );
        return Err(test_size.impossible("test", reason, "choose fewer rows"));
    }
    let (mut blocks, mut train) = blocks(times, groups);
    let mut tied = 0;
    let mut take = |part: &'static str, size: SplitSize, wanted: usize| {
        let (rows, left) = take_latest(&mut blocks, wanted);
        if rows.is_empty() && wanted > 0 && n_rows > 0 {
            return Err(none_fit(part, size, wanted, left));
        }
        tied += left;
        Ok(rows)
    };
    let test = take("test", test_size, n_test)?;
    let validation = take("validation", validation_size, n_validation)?;
    train.extend(blocks.into_iter().flatten());
    train.sort_unstable();
    Ok(TimeSplit {
        parts: SplitIndices {
            train,
            validation,
            test,
        },
        undated: times.iter().filter(|time| time.is_none()).count(),
        tied,
    })
}

fn none_fit(part: &'static str, size: SplitSize, wanted: usize, left: usize) -> SplitError {
    let (reason, hint) = if left == 0 {
        (
            "no row with a time is left".to_owned(),
            "name a field with times, or choose 0 rows".to_owned(),
        )
    } else {
        (
            format!(
                "the {left} latest rows have the same time or group, which is more than the {wanted} rows of the part"
            ),
            format!("choose at least {left} rows, or a field with more precise times"),
        )
    };
    size.impossible(part, reason, hint)
}

/// Returns the rows with equal times, the earliest first, and the rows without a time. The earliest row of a group decides
/// about the time of the group; a group with a row without a time has none.
fn blocks<T: Ord>(times: &[Option<T>], groups: &[usize]) -> (Vec<Vec<usize>>, Vec<usize>) {
    let mut begin_of_group: HashMap<usize, Option<&T>> = HashMap::new();
    for (time, &group) in times.iter().zip(groups) {
        let begin = begin_of_group.entry(group).or_insert(time.as_ref());
        // `None` is below every time, so it stays.
        *begin = (*begin).min(time.as_ref());
    }
    let begin = |row: usize| begin_of_group.get(&groups[row]).copied().flatten();
    let (undated, mut dated): (Vec<usize>, Vec<usize>) =
        (0..times.len()).partition(|&row| begin(row).is_none());
    dated.sort_by_key(|&row| begin(row));
    let blocks = dated
        .chunk_by(|&a, &b| begin(a) == begin(b))
        .map(<[usize]>::to_vec)
        .collect();
    (blocks, undated)
}

/// Removes blocks from the end as long as they fit into `wanted` rows. Returns the removed rows in ascending order, and the size
/// of the next block, if a part of it would fit.
fn take_latest(blocks: &mut Vec<Vec<usize>>, wanted: usize) -> (Vec<usize>, usize) {
    let mut rows = Vec::new();
    while let Some(block) = blocks.pop_if(|block| rows.len() + block.len() <= wanted) {
        rows.extend(block);
    }
    let left = if rows.len() < wanted {
        blocks.last().map_or(0, Vec::len)
    } else {
        0
    };
    rows.sort_unstable();
    (rows, left)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn dated<T: Copy>(times: &[T]) -> Vec<Option<T>> {
        times.iter().map(|&time| Some(time)).collect()
    }

    #[test]
    fn impossible_sizes_are_errors() {
        let half = SplitSize::Fraction(0.5);
        assert!(matches!(
            time_split(&dated(&[1, 2, 3, 4]), &[0, 1, 2, 3], half, half),
            Err(SplitError::Size { .. })
        ));
        assert!(matches!(
            time_split(&[Some(1)], &[], half, half),
            Err(SplitError::LengthMismatch { .. })
        ));
    }

    #[test]
    fn no_rows_give_empty_parts() {
        for size in [SplitSize::NONE, SplitSize::Fraction(0.5)] {
            let parts = time_split::<u8>(&[], &[], size, size).unwrap().parts;
            assert!(parts.train.is_empty() && parts.validation.is_empty() && parts.test.is_empty());
        }
    }

    #[test]
    fn rows_with_the_same_time_stay_in_the_earlier_part() {
        let times = dated(&[1, 2, 2, 2, 3, 3, 4]);
        let groups = [0, 1, 2, 3, 4, 5, 6];
        let found = time_split(&times, &groups, SplitSize::Count(2), SplitSize::Count(2)).unwrap();
        assert_eq!((found.parts.test, found.parts.validation), (vec![6], vec![4, 5]));
        assert_eq!(
            (found.parts.train, found.tied, found.undated),
            (vec![0, 1, 2, 3], 2, 0)
        );
        let error = time_split(&times[..6], &groups[..6], SplitSize::Count(1), SplitSize::NONE).unwrap_err();
        assert_eq!(
            error.to_string(),
            "test_size = 1 is impossible: the 2 latest rows have the same time or group, which is more than the 1 rows of the part"
        );
    }

    #[test]
    fn rows_without_a_time_stay_in_training_with_their_group() {
        let times = [Some(1), None, Some(9), Some(8), Some(7)];
        let found = time_split(&times, &[0, 1, 1, 2, 3], SplitSize::Count(1), SplitSize::NONE).unwrap();
        assert_eq!((found.parts.test, found.parts.train), (vec![3], vec![0, 1, 2, 4]));
        assert_eq!((found.undated, found.tied), (1, 0));
        let none = time_split::<u8>(&[None; 3], &[0, 1, 2], SplitSize::Count(1), SplitSize::NONE);
        assert!(
            none.unwrap_err()
                .to_string()
                .ends_with("no row with a time is left")
        );
    }

    proptest! {
        #[test]
        fn test_is_later_than_everything_else(rows in prop::collection::vec((prop::option::weighted(0.9, 0_u8..50), 0_usize..30), 4..80), test in 0_usize..20, validation in 0_usize..20) {
            let (times, groups): (Vec<Option<u8>>, Vec<usize>) = rows.into_iter().unzip();
            let Ok(found) = time_split(&times, &groups, SplitSize::Count(test), SplitSize::Count(validation)) else { return Ok(()) };
            let parts = found.parts;
            prop_assert!(parts.test.len() <= test && parts.validation.len() <= validation);
            // The earliest time of a row's group; `None` if a row of it has none.
            let begin = |row: &usize| (0..times.len()).filter(|&other| groups[other] == groups[*row]).map(|other| times[other]).min().flatten();
            let latest = |rows: &[usize]| rows.iter().filter_map(begin).max();
            for (later, earlier) in [(&parts.test, &parts.validation), (&parts.test, &parts.train), (&parts.validation, &parts.train)] {
                prop_assert!(later.iter().all(|row| begin(row).is_some() && begin(row) > latest(earlier)));
            }
            let mut all = [parts.train, parts.validation, parts.test].concat();
            all.sort_unstable();
            prop_assert_eq!(all, (0..times.len()).collect::<Vec<_>>());
        }
    }
}
