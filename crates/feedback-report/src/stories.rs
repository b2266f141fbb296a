//! Which changes tell the same story.

/// What a change is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Story {
    pub(crate) metric: String,
    /// The group of a theme, or the group itself.
    pub(crate) group: Option<usize>,
    pub(crate) is_group: bool,
    pub(crate) is_measure: bool,
    /// Whether it comes from the size of a segment.
    pub(crate) is_size: bool,
    /// The segmentation and the segment.
    pub(crate) segment: Option<[usize; 2]>,
    pub(crate) rises: bool,
    /// The texts of the theme or category, ascending; none for a rating or another measure.
    pub(crate) rows: Vec<usize>,
}

/// Whether a change tells the same story as an earlier change. Both must move in the same direction, and be about the same
/// metric, about a theme and its group, or share at least half of the texts of one of them. A change of the rating or of another measure tells the
/// story of an earlier change in the same segment. Changes that come from the size of the same segment are one story.
pub(crate) fn same_story(earlier: &Story, story: &Story) -> bool {
    let same_segment = earlier.segment.is_some() && earlier.segment == story.segment;
    if story.is_size {
        let same_metric = earlier.metric == story.metric && earlier.rises == story.rises;
        return same_segment && (earlier.is_size || same_metric);
    }
    if story.is_measure && !earlier.is_measure {
        return same_segment;
    }
    if earlier.rises != story.rises || earlier.is_size {
        return false;
    }
    let is_nested =
        earlier.group.is_some() && earlier.group == story.group && earlier.is_group != story.is_group;
    earlier.metric == story.metric || is_nested || overlaps(&earlier.rows, &story.rows)
}

/// Whether at least half of the smaller list is in the other.
fn overlaps(a: &[usize], b: &[usize]) -> bool {
    let common = a.iter().filter(|row| b.binary_search(row).is_ok()).count();
    let smaller = a.len().min(b.len());
    smaller > 0 && 2 * common >= smaller
}

#[cfg(test)]
mod tests {
    use super::*;

    fn story(metric: &str, rows: &[usize]) -> Story {
        Story {
            metric: metric.to_owned(),
            group: None,
            is_group: false,
            is_measure: false,
            is_size: false,
            segment: None,
            rises: true,
            rows: rows.to_vec(),
        }
    }

    #[test]
    fn changes_of_the_same_texts_are_one_story() {
        let theme = story("theme-1", &[1, 2, 3, 4]);
        assert!(same_story(&theme, &story("category-1", &[0, 1, 2, 3, 5, 6])));
        assert!(!same_story(&theme, &story("category-1", &[0, 1, 5, 6])));
        let falls = Story {
            rises: false,
            ..story("category-1", &[1, 2, 3])
        };
        assert!(!same_story(&theme, &falls));
    }

    #[test]
    fn a_theme_and_its_group_are_one_story() {
        let of_group = |metric, is_group, rows: &[usize]| Story {
            group: Some(1),
            is_group,
            ..story(metric, rows)
        };
        let group = of_group("group-2", true, &[1, 2, 3, 4, 5]);
        // Of the group, only the rows of one segment count here.
        assert!(same_story(&of_group("theme-1", false, &[6, 7]), &group));
        assert!(!same_story(
            &of_group("theme-1", false, &[6, 7]),
            &of_group("theme-2", false, &[1])
        ));
        assert!(!same_story(&story("theme-3", &[6, 7]), &group));
    }

    #[test]
    fn ratings_and_sizes_follow_their_segment() {
        let theme = Story {
            segment: Some([0, 2]),
            ..story("theme-1", &[1])
        };
        let rating = |segment| Story {
            is_measure: true,
            rises: false,
            segment,
            ..story("rating", &[])
        };
        assert!(same_story(&theme, &rating(Some([0, 2]))));
        assert!(!same_story(&theme, &rating(Some([0, 1]))));
        assert!(!same_story(&theme, &rating(None)));
        let size = |metric| Story {
            is_size: true,
            segment: Some([0, 2]),
            ..story(metric, &[])
        };
        assert!(same_story(&theme, &size("theme-1")));
        assert!(!same_story(&theme, &size("theme-2")));
        assert!(same_story(&size("theme-2"), &size("theme-3")));
    }
}
