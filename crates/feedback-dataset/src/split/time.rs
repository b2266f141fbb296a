//! Splits by time: train on earlier rows, evaluate on later ones.

use std::collections::HashMap;

use crate::error::SplitError;
use crate::split::indices::SplitIndices;
use crate::split::size::SplitSize;
use crate::split::stratified::check_parts;

/// Divides rows by time: the latest rows become test, the rows before them validation, and the rest train.
///
/// `times` can have any ordered type, such as the result of [`parse_timestamp`](crate::timestamp::parse_timestamp). Rows with
/// equal times are ordered by index. Groups stay together, and the earliest row of a group decides in which part the group
/// is. So if duplicates are in one group, no text of test occurs in an earlier part, but a part can contain later copies of
/// its own texts.
///
/// Sizes have the same meaning as in [`split`](crate::split::split). Each part takes groups, the latest first, as long as
/// this brings the part closer to its size.
///
/// # Errors
///
/// [`SplitError::LengthMismatch`], [`SplitError::Size`] for an impossible size, and [`SplitError::EmptyPart`] if rows were requested
/// for a part but no group is small enough for it.
///
/// # Examples
///
/// ```
/// use feedback_dataset::split::{SplitSize, time_split};
/// use feedback_dataset::timestamp::parse_timestamp;
///
/// let times: Vec<_> = ["2025-03-01", "2025-01-01", "2025-02-01T08:00:00Z", "2025-04-01"]
///     .into_iter()
///     .map(|time| parse_timestamp(time).unwrap_or_default())
///     .collect();
/// let parts = time_split(&times, &[0, 1, 2, 3], SplitSize::Count(1), SplitSize::Count(1))?;
/// assert_eq!((parts.train, parts.validation, parts.test), (vec![1, 2], vec![0], vec![3]));
/// # Ok::<(), feedback_dataset::Error>(())
/// ```
pub fn time_split<T: Ord>(
    times: &[T],
    groups: &[usize],
    test_size: SplitSize,
    validation_size: SplitSize,
) -> Result<SplitIndices, SplitError> {
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
    let mut order: Vec<usize> = (0..n_rows).collect();
    order.sort_by(|&a, &b| times[a].cmp(&times[b]).then(a.cmp(&b)));
    let mut groups_by_time = in_order(&order, groups);
    let n_groups = groups_by_time.len();
    let test = take_latest(&mut groups_by_time, n_test);
    let validation = take_latest(&mut groups_by_time, n_validation);
    let train = sorted(groups_by_time);
    let parts = SplitIndices {
        train,
        validation,
        test,
    };
    check_parts(&parts, [n_validation, n_test], n_groups)?;
    Ok(parts)
}

/// Returns the rows of each group, in the given order; groups are sorted by their first row in this order.
fn in_order(order: &[usize], groups: &[usize]) -> Vec<Vec<usize>> {
    let mut places = HashMap::new();
    let mut rows: Vec<Vec<usize>> = Vec::new();
    for &row in order {
        let place = *places.entry(groups[row]).or_insert(rows.len());
        if place == rows.len() {
            rows.push(Vec::new());
        }
        rows[place].push(row);
    }
    rows
}

/// Removes groups from the end as long as this brings the number of removed rows closer to `wanted`; at least one group
/// remains. Returns the removed rows in ascending order.
fn take_latest(groups: &mut Vec<Vec<usize>>, wanted: usize) -> Vec<usize> {
    let mut taken = Vec::new();
    let mut count = 0;
    while groups.len() > 1 {
        let Some(size) = groups.last().map(Vec::len) else {
            break;
        };
        if (count + size).abs_diff(wanted) >= wanted.abs_diff(count) {
            break;
        }
        count += size;
        taken.extend(groups.pop());
    }
    sorted(taken)
}

fn sorted(groups: Vec<Vec<usize>>) -> Vec<usize> {
    let mut rows: Vec<usize> = groups.into_iter().flatten().collect();
    rows.sort_unstable();
    rows
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn impossible_sizes_are_errors() {
        let half = SplitSize::Fraction(0.5);
        assert!(matches!(
            time_split(&[1, 2, 3, 4], &[0, 1, 2, 3], half, half),
            Err(SplitError::Size { .. })
        ));
        assert!(matches!(
            time_split(&[1], &[], half, half),
            Err(SplitError::LengthMismatch { .. })
        ));
    }

    #[test]
    fn no_rows_give_empty_parts() {
        for size in [SplitSize::NONE, SplitSize::Fraction(0.5)] {
            let parts = time_split::<u8>(&[], &[], size, size).unwrap();
            assert!(parts.train.is_empty() && parts.validation.is_empty() && parts.test.is_empty());
        }
    }

    proptest! {
        #[test]
        fn no_group_of_test_begins_before_one_of_train(rows in prop::collection::vec((0_u8..50, 0_usize..30), 4..80), test in 0_usize..20, validation in 0_usize..20) {
            let (times, groups): (Vec<u8>, Vec<usize>) = rows.into_iter().unzip();
            let Ok(parts) = time_split(&times, &groups, SplitSize::Count(test), SplitSize::Count(validation)) else { return Ok(()) };
            let begin = |row: &usize| (0..times.len()).filter(|&other| groups[other] == groups[*row]).map(|other| (times[other], other)).min();
            let (train, validation, test) = (parts.train.iter().map(begin).max(), parts.validation.iter().map(begin), parts.test.iter().map(begin));
            prop_assert!(train.is_some());
            prop_assert!(test.clone().min().is_none_or(|earliest| Some(earliest) > train && Some(earliest) > validation.clone().max()));
            prop_assert!(validation.clone().min().is_none_or(|earliest| Some(earliest) > train));
            let mut all = [parts.train, parts.validation, parts.test].concat();
            all.sort_unstable();
            prop_assert_eq!(all, (0..times.len()).collect::<Vec<_>>());
        }
    }
}
