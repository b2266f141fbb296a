//! Draws whole groups so that every class comes close to its share.

use std::collections::HashMap;

/// A group by what it holds: (class, rows), classes ascending.
type Content = Vec<(usize, usize)>;

/// What is known about the rows that are to be divided.
pub(crate) struct Pool {
    /// Rows of each group.
    pub(crate) rows: Vec<Vec<usize>>,
    contents: Vec<Content>,
    n_classes: usize,
}

impl Pool {
    /// Groups numbered in the order in which they are first seen.
    pub(crate) fn new(classes: &[usize], groups: &[usize], n_classes: usize) -> Self {
        let mut ids = HashMap::new();
        let mut rows: Vec<Vec<usize>> = Vec::new();
        for (row, &group) in groups.iter().enumerate() {
            let id = *ids.entry(group).or_insert(rows.len());
            if id == rows.len() {
                rows.push(Vec::new());
            }
            rows[id].push(row);
        }
        let contents = rows
            .iter()
            .map(|rows| content(rows.iter().map(|&row| classes[row])))
            .collect();
        Self {
            rows,
            contents,
            n_classes,
        }
    }

    pub(crate) fn n_groups(&self) -> usize {
        self.rows.len()
    }

    /// Rows of each class in these groups.
    pub(crate) fn class_counts(&self, groups: &[usize]) -> Vec<usize> {
        let mut counts = vec![0; self.n_classes];
        for &group in groups {
            for &(class, rows) in &self.contents[group] {
                counts[class] += rows;
            }
        }
        counts
    }

    /// In how many of these groups each class stands.
    pub(crate) fn groups_per_class(&self, groups: &[usize]) -> Vec<usize> {
        let mut counts = vec![0; self.n_classes];
        for &group in groups {
            for &(class, _) in &self.contents[group] {
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
                let content = &self.contents[group];
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
fn change(content: &Content, missing: &[i64], sign: i64) -> i64 {
    let of_class = |&(class, rows): &(usize, usize)| {
        let after = missing[class] - sign * rows as i64;
        after * after - missing[class] * missing[class]
    };
    content.iter().map(of_class).sum()
}

fn content(classes: impl Iterator<Item = usize>) -> Content {
    let mut classes: Vec<usize> = classes.collect();
    classes.sort_unstable();
    let mut content: Content = Vec::new();
    for class in classes {
        match content.last_mut() {
            Some((last, rows)) if *last == class => *rows += 1,
            _ => content.push((class, 1)),
        }
    }
    content
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
