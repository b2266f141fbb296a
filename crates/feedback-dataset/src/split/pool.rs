//! Selects groups so that the number of rows of every class comes close to its target.

use crate::ids::number_ids;

/// The rows to be divided, by group.
///
/// Rows and groups are 32-bit numbers, which halves the memory that drawing accesses.
pub(crate) struct Pool {
    /// Rows by group.
    rows: Vec<u32>,
    /// End of each group in `rows`.
    row_ends: Vec<u32>,
    /// The content of each group: pairs (class, number of rows), in ascending order of classes. If every group has one row,
    /// there is one entry per class instead, which all groups of the class share.
    contents: Vec<(u32, u32)>,
    /// End of each group in `contents`.
    content_ends: Vec<u32>,
    /// The class of each row, if every group has one row.
    single_rows: Option<Vec<u32>>,
    n_classes: usize,
}

/// The groups that can still be drawn, and how many rows and groups they have of each class.
pub(crate) struct Remaining {
    /// The groups, in the order in which they are tried.
    pub(crate) groups: Vec<u32>,
    /// Rows of each class.
    pub(crate) counts: Vec<usize>,
    /// The number of groups with rows of each class.
    pub(crate) groups_per_class: Vec<usize>,
}

impl Remaining {
    /// Removes the groups that are marked as taken.
    pub(crate) fn remove(&mut self, taken: &[bool], pool: &Pool) {
        let mut left = Vec::with_capacity(self.groups.len());
        for (&group, &taken) in self.groups.iter().zip(taken) {
            if taken {
                for &(class, rows) in pool.content(group) {
                    self.counts[class as usize] -= rows as usize;
                    self.groups_per_class[class as usize] -= 1;
                }
            } else {
                left.push(group);
            }
        }
        self.groups = left;
    }
}

impl Pool {
    /// Numbers groups in the order in which they are first seen. There must be fewer than 2³² rows.
    pub(crate) fn new(classes: Vec<u32>, groups: &[usize], n_classes: usize) -> Self {
        if groups.iter().enumerate().all(|(row, &group)| row == group) {
            return Self::from_single_rows(classes, n_classes);
        }
        let ids = number_ids(groups);
        let n_groups = ids.iter().max().map_or(0, |last| last + 1);
        if n_groups == ids.len() {
            return Self::from_single_rows(classes, n_classes);
        }
        let (rows, row_ends) = sort_by_group(&ids, n_groups);
        let mut contents: Vec<(u32, u32)> = Vec::with_capacity(n_groups);
        let mut content_ends = Vec::with_capacity(n_groups);
        let mut group_classes: Vec<u32> = Vec::new();
        let mut start = 0;
        for &end in &row_ends {
            group_classes.clear();
            let members = &rows[start as usize..end as usize];
            group_classes.extend(members.iter().map(|&row| classes[row as usize]));
            group_classes.sort_unstable();
            let runs = group_classes.chunk_by(|a, b| a == b);
            contents.extend(runs.map(|run| (run[0], run.len() as u32)));
            content_ends.push(contents.len() as u32);
            start = end;
        }
        Self {
            rows,
            row_ends,
            contents,
            content_ends,
            single_rows: None,
            n_classes,
        }
    }

    /// Creates a pool in which every row is a separate group, so the group number is the row number.
    fn from_single_rows(classes: Vec<u32>, n_classes: usize) -> Self {
        Self {
            rows: Vec::new(),
            row_ends: Vec::new(),
            contents: (0..n_classes as u32).map(|class| (class, 1)).collect(),
            content_ends: Vec::new(),
            single_rows: Some(classes),
            n_classes,
        }
    }

    /// Calls `visit` with each row of a group, in ascending order.
    pub(crate) fn for_each_row(&self, group: u32, mut visit: impl FnMut(usize)) {
        if self.single_rows.is_some() {
            return visit(group as usize);
        }
        let rows = slice(&self.rows, &self.row_ends, group as usize);
        rows.iter().for_each(|&row| visit(row as usize));
    }

    #[inline]
    fn content(&self, group: u32) -> &[(u32, u32)] {
        let group = group as usize;
        match &self.single_rows {
            Some(classes) => {
                let class = classes[group] as usize;
                &self.contents[class..=class]
            }
            None => slice(&self.contents, &self.content_ends, group),
        }
    }

    /// Returns all groups, in the given order, as remaining.
    pub(crate) fn all(&self, order: Vec<u32>) -> Remaining {
        let mut counts = vec![0; self.n_classes];
        let mut groups_per_class = vec![0; self.n_classes];
        match &self.single_rows {
            Some(classes) => {
                classes.iter().for_each(|&class| counts[class as usize] += 1);
                groups_per_class.clone_from(&counts);
            }
            None => {
                for &(class, rows) in &self.contents {
                    counts[class as usize] += rows as usize;
                    groups_per_class[class as usize] += 1;
                }
            }
        }
        Remaining {
            groups: order,
            counts,
            groups_per_class,
        }
    }

    pub(crate) fn n_groups(&self) -> usize {
        match &self.single_rows {
            Some(classes) => classes.len(),
            None => self.row_ends.len(),
        }
    }

    /// Takes groups so that the number of rows of each class comes close to its target. Returns for each group whether it was
    /// taken.
    ///
    /// Goes through the groups in their order, repeatedly, until nothing changes. A group is taken, or a taken group is put
    /// back, if this reduces the sum over all classes of the squared deviation from the target. If a class has more rows than
    /// its target, at least one of its groups is not taken.
    pub(crate) fn take(&self, from: &Remaining, targets: &[usize]) -> Vec<bool> {
        let mut missing: Vec<i64> = targets.iter().map(|&target| target as i64).collect();
        let mut unmet_classes = missing.iter().filter(|&&missing| missing != 0).count();
        let mut not_taken = from.groups_per_class.clone();
        let keeps_one: Vec<bool> = targets
            .iter()
            .zip(&from.counts)
            .map(|(target, count)| target < count)
            .collect();
        let mut taken = vec![false; from.groups.len()];
        // If all classes meet their target, the sum is 0 and cannot be reduced.
        while unmet_classes > 0 {
            let mut changed = false;
            for (place, &group) in from.groups.iter().enumerate() {
                let content = self.content(group);
                let sign = if taken[place] { -1 } else { 1 };
                if change(content, &missing, sign) >= 0 {
                    continue;
                }
                let takes_last = sign == 1
                    && content
                        .iter()
                        .any(|&(class, _)| keeps_one[class as usize] && not_taken[class as usize] == 1);
                if takes_last {
                    continue;
                }
                for &(class, rows) in content {
                    let class = class as usize;
                    unmet_classes -= usize::from(missing[class] != 0);
                    missing[class] -= sign * i64::from(rows);
                    unmet_classes += usize::from(missing[class] != 0);
                    not_taken[class] = not_taken[class].wrapping_add_signed(-sign as isize);
                }
                taken[place] = !taken[place];
                changed = true;
                if unmet_classes == 0 {
                    break;
                }
            }
            // Every change reduces the sum, which is a non-negative integer, so the loop ends.
            if !changed {
                break;
            }
        }
        taken
    }
}

/// Returns by how much the sum of the squared deviations changes if the group is taken (`sign` 1) or put back (`sign` −1).
fn change(content: &[(u32, u32)], missing: &[i64], sign: i64) -> i64 {
    let class_change = |&(class, rows): &(u32, u32)| {
        let missing = missing[class as usize];
        let after = missing - sign * i64::from(rows);
        after * after - missing * missing
    };
    content.iter().map(class_change).sum()
}

/// Returns the rows sorted by group, and the end of each group in this list.
fn sort_by_group(ids: &[usize], n_groups: usize) -> (Vec<u32>, Vec<u32>) {
    let mut next = vec![0_u32; n_groups];
    ids.iter().for_each(|&id| next[id] += 1);
    let mut begin = 0;
    for count in &mut next {
        begin += std::mem::replace(count, begin);
    }
    let mut rows = vec![0; ids.len()];
    for (row, &id) in ids.iter().enumerate() {
        rows[next[id] as usize] = row as u32;
        next[id] += 1;
    }
    // The next position of every group is now its end.
    (rows, next)
}

fn slice<'a, T>(items: &'a [T], ends: &[u32], group: usize) -> &'a [T] {
    let start = if group == 0 { 0 } else { ends[group - 1] };
    &items[start as usize..ends[group] as usize]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn take(classes: &[usize], groups: &[usize], n_classes: usize, targets: &[usize]) -> Vec<usize> {
        let pool = Pool::new(
            classes.iter().map(|&class| class as u32).collect(),
            groups,
            n_classes,
        );
        let mut all = pool.all((0..pool.n_groups() as u32).collect());
        let taken = pool.take(&all, targets);
        let before = all.counts.clone();
        all.remove(&taken, &pool);
        before
            .iter()
            .zip(&all.counts)
            .map(|(before, left)| before - left)
            .collect()
    }

    #[test]
    fn single_rows_meet_their_share_exactly() {
        let classes: Vec<usize> = (0..100).map(|row| row % 3).collect();
        let groups: Vec<usize> = (0..100).collect();
        assert_eq!(take(&classes, &groups, 3, &[7, 0, 5]), [7, 0, 5]);
    }

    #[test]
    fn a_class_is_taken_completely_only_on_request() {
        // Groups of 5 and 6 rows, target 9: taking both would be closest to the target, but no group would remain.
        let classes = [0; 11];
        let groups = [0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 1];
        assert!(take(&classes, &groups, 1, &[9])[0] < 11);
        assert_eq!(take(&classes, &groups, 1, &[11]), [11]);
    }

    #[test]
    fn groups_of_several_classes_are_put_back_if_that_helps() {
        // Group 0 has both classes; the target of class 1 is 0.
        let classes = [0, 1, 1, 1, 0, 0, 1];
        let groups = [0, 0, 0, 0, 1, 2, 3];
        assert_eq!(take(&classes, &groups, 2, &[1, 0]), [1, 0]);
    }
}
