//! The change of a mean, decomposed by the groups of its rows.

/// What each group contributes to the change of the mean of all rows: its mix effect and its rate effect, which add up to the change.
/// `rows` has the number of rows of each group before and after, `sums` the sum of their values (for a share, the rows that count).
///
/// With w, a group's share of the rows, m, its mean, w̄ and m̄, the averages of both periods, and M, the average of the means of all rows, the
/// mix effect is (m̄ − M) (w after − w before), from a change of the group's size, and the rate effect w̄ (m after − m before). A group with
/// rows in one period only has that period's mean as m̄ and no rate effect; one without rows has none. Lists
/// must have the same length; there are as many effects as the shortest has entries. If a period has no rows at all, mix effects are NaN.
///
/// # Examples
///
/// ```
/// use feedback_metrics::statistics::mix_and_rate_effects;
///
/// // Complaints: 10 of 50 and 5 of 50 texts before, 30 of 50 and 5 of 50 after.
/// let effects = mix_and_rate_effects([&[50.0, 50.0], &[50.0, 50.0]], [&[10.0, 5.0], &[30.0, 5.0]]);
/// assert_eq!(effects, [[0.0, 0.19999999999999998], [0.0, 0.0]]);
/// ```
///
/// # References
///
/// Kitagawa 1955, "Components of a difference between two rates"; M, which does not change the sum, follows the centred form in Das Gupta
/// 1993, "Standardization and decomposition of rates".
pub fn mix_and_rate_effects(rows: [&[f64]; 2], sums: [&[f64]; 2]) -> Vec<[f64; 2]> {
    let lengths = [rows[0], rows[1], sums[0], sums[1]].map(<[f64]>::len);
    let n_rows = rows.map(|rows| rows.iter().sum::<f64>());
    let [before, after] = [0, 1].map(|period| sums[period].iter().sum::<f64>() / n_rows[period]);
    let centre = 0.5 * (before + after);
    let effects = |group: usize| {
        let [w_before, w_after] = [0, 1].map(|period| rows[period][group] / n_rows[period]);
        let means = [0, 1].map(|period| {
            let n = rows[period][group];
            (n > 0.0).then(|| sums[period][group] / n)
        });
        match means {
            [Some(before), Some(after)] => [
                (w_after - w_before) * (0.5 * (before + after) - centre),
                0.5 * (w_before + w_after) * (after - before),
            ],
            [Some(mean), None] | [None, Some(mean)] => [(w_after - w_before) * (mean - centre), 0.0],
            [None, None] => [0.0, 0.0],
        }
    };
    (0..lengths.into_iter().min().unwrap_or(0)).map(effects).collect()
}
