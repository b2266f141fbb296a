//! Cuts a product into tasks.

use std::ops::Range;

use rayon::prelude::*;

/// Minimum number of multiply-adds for which several threads are used.
const PARALLEL: usize = 1 << 18;

/// Number of rows of a task: a multiple of `TILE_ROWS` of every instruction set.
const TASK_ROWS: usize = 48;

/// Maximum number of columns of a task, rounded down to whole panels. A product of few rows has narrower tasks.
const TASK_COLUMNS: usize = 128;

/// Minimum number of tasks per thread, if there are enough panels, so that no thread waits long for the last
/// task.
const TASKS: usize = 4;

/// Returns whether a product is large enough for several threads.
pub(super) fn is_worth_threads(multiply_adds: usize) -> bool {
    multiply_adds >= PARALLEL && rayon::current_num_threads() > 1
}

/// Splits a product into parts, and calls `f` with the rows of each part and its panels of `width` columns.
/// Uses all threads if the product needs enough multiply-adds.
pub(crate) fn for_tasks(
    rows: usize,
    columns: usize,
    width: usize,
    multiply_adds: usize,
    f: impl Fn(Range<usize>, Range<usize>) + Sync,
) {
    let panels = columns.div_ceil(width);
    if !is_worth_threads(multiply_adds) {
        return f(0..rows, 0..panels);
    }
    let blocks = rows.div_ceil(TASK_ROWS);
    let wanted = (TASKS * rayon::current_num_threads()).div_ceil(blocks);
    let step = (TASK_COLUMNS / width).min(panels.div_ceil(wanted)).max(1);
    let groups = panels.div_ceil(step);
    (0..blocks * groups)
        .into_par_iter()
        .with_max_len(1)
        .for_each(|index| {
            let (block, group) = (index / groups, index % groups);
            f(
                block * TASK_ROWS..((block + 1) * TASK_ROWS).min(rows),
                group * step..((group + 1) * step).min(panels),
            );
        });
}
