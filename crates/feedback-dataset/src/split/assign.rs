//! Draws whole groups so that every class comes close to its share.

use crate::groups::number_ids;

/// What is known about the rows that are to be divided: groups one after the other.
pub(crate) struct Pool {
    /// Rows by group.
    rows: Vec<usize>,
    /// End of each group in `rows`.
    row_ends: Vec<usize>,
    /// What each group holds: (class, rows), classes ascending.
    contents: Vec<(usize, usize)>,
    /// End of each group in `contents`.
    content_ends: Vec<usize>,
    n_classes: usize,
}

impl Pool {
    /// Groups numbered in the order in which they are first seen.
    pub(crate) fn new(classes: &[usize], groups: &[usize], n_classes: usize) -> Self {
        let ids = number_ids(groups);
        let n_groups = ids.iter().max().map_or(0, |last| last + 1);
        let (rows, row_ends) = sort_by_group(&ids, n_groups);
        let mut contents: Vec<(usize, usize)> = Vec::with_capacity(n_groups);
        let mut content_ends = Vec::with_capacity(n_groups);
        let mut of_group: Vec<usize> = Vec::new();
        let mut start = 0;
        for &end in &row_ends {
            of_group.clear();
            of_group.extend(rows[start..end].iter().map(|&row| classes[row]));
            of_group.sort_unstable();
            let runs = of_group.chunk_by(|a, b| a == b);
            contents.extend(runs.map(|run| (run[0], run.len())));
            content_ends.push(contents.len());
            start = end;
        }
        Self {
            rows,
            row_ends,
            contents,
            content_ends,
            n_classes,
        }
    }

    /// The rows of a group, ascending.
    pub(crate) fn rows(&self, group: usize) -> &[usize] {
        slice(&self.rows, &self.row_ends, group)
    }

    fn content(&self, group: usize) -> &[(usize, usize)] {
        slice(&self.contents, &self.content_ends, group)
    }

    pub(crate) fn n_groups(&self) -> usize {
        self.row_ends.len()
    }

    /// Rows of each class in these groups.
    pub(crate) fn class_counts(&self, groups: &[usize]) -> Vec<usize> {
        let mut counts = vec![0; self.n_classes];
        for &group in groups {
            for &(class, rows) in self.content(group) {
                counts[class] += rows;
            }
        }
        counts
    }

    /// In how many of these groups each class stands.
    pub(crate) fn groups_per_class(&self, groups: &[usize]) -> Vec<usize> {
        let mut counts = vec![0; self.n_classes];
        for &group in groups {
            for &(class, _) in self.content(group) {
                counts[class] += 1;
            }
        }
        counts
    }

    /// Chooses among `groups`, going through them in their order, so that the rows of each class
    /// come as close as may be to `targets`. Returns for each whether it was taken.
    ///
    /// A group is taken where that lessens the sum of the squared deviations; passes over all
    /// groups, taking or giving back, go on until none does. A class whose share leaves rows
    /// behind keeps at least one group behind.
    pub(crate) fn take(&self, groups: &[usize], targets: &[usize]) -> Vec<bool> {
        let counts = self.class_counts(groups);
        let mut missing: Vec<i64> = targets.iter().map(|&target| target as i64).collect();
        let mut behind = self.groups_per_class(groups);
        let keeps_one: Vec<bool> = targets
            .iter()
            .zip(&counts)
            .map(|(target, count)| target < count)
            .collect();
        let mut taken = vec![false; groups.len()];
        loop {
            let mut changed = false;
            for (place, &group) in groups.iter().enumerate() {
                let content = self.content(group);
                let sign = if taken[place] { -1 } else { 1 };
                let frees_last = sign == 1
                    && content
                        .iter()
                        .any(|&(class, _)| keeps_one[class] && behind[class] == 1);
                if frees_last || change(content, &missing, sign) >= 0 {
                    continue;
                }
                for &(class, rows) in content {
                    missing[class] -= sign * rows as i64;
                    behind[class] = behind[class].wrapping_add_signed(-sign as isize);
                }
                taken[place] = !taken[place];
                changed = true;
            }
            // Every change lessens a whole number that is not negative, so this ends.
            if !changed {
                return taken;
            }
        }
    }
}

/// By how much the sum of the squared deviations changes when the group is taken or given back.
fn change(content: &[(usize, usize)], missing: &[i64], sign: i64) -> i64 {
    let of_class = |&(class, rows): &(usize, usize)| {
        let after = missing[class] - sign * rows as i64;
        after * after - missing[class] * missing[class]
    };
    content.iter().map(of_class).sum()
}

/// Rows by ascending group, and where each group ends.
fn sort_by_group(ids: &[usize], n_groups: usize) -> (Vec<usize>, Vec<usize>) {
    let mut next = vec![0; n_groups];
    ids.iter().for_each(|&id| next[id] += 1);
    let mut begin = 0;
    for count in &mut next {
        begin += std::mem::replace(count, begin);
    }
    let mut rows = vec![0; ids.len()];
    for (row, &id) in ids.iter().enumerate() {
        rows[next[id]] = row;
        next[id] += 1;
    }
    // Every group's next place is now where it ends.
    (rows, next)
}

fn slice<'a, T>(items: &'a [T], ends: &[usize], group: usize) -> &'a [T] {
    let start = if group == 0 { 0 } else { ends[group - 1] };
    &items[start..ends[group]]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn take(classes: &[usize], groups: &[usize], n_classes: usize, targets: &[usize]) -> Vec<usize> {
        let pool = Pool::new(classes, groups, n_classes);
        let all: Vec<usize> = (0..pool.n_groups()).collect();
        let taken = pool.take(&all, targets);
        let chosen: Vec<usize> = all.into_iter().filter(|&group| taken[group]).collect();
        pool.class_counts(&chosen)
    }

    #[test]
    fn single_rows_meet_their_share_exactly() {
        let classes: Vec<usize> = (0..100).map(|row| row % 3).collect();
        let groups: Vec<usize> = (0..100).collect();
        assert_eq!(take(&classes, &groups, 3, &[7, 0, 5]), [7, 0, 5]);
    }

    #[test]
    fn a_class_is_never_taken_whole_unless_asked_for() {
        // Groups of 5 and 6 rows, 9 wanted: both would be closest, but nothing would stay behind.
        let classes = [0; 11];
        let groups = [0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 1];
        assert!(take(&classes, &groups, 1, &[9])[0] < 11);
        assert_eq!(take(&classes, &groups, 1, &[11]), [11]);
    }

    #[test]
    fn groups_of_several_classes_are_given_back_where_that_helps() {
        // Group 0 holds both classes; class 1 wants none.
        let classes = [0, 1, 1, 1, 0, 0, 1];
        let groups = [0, 0, 0, 0, 1, 2, 3];
        assert_eq!(take(&classes, &groups, 2, &[1, 0]), [1, 0]);
    }
}
