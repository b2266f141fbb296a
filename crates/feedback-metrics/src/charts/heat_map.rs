//! A confusion matrix as a heat map.

use maud::{Markup, html};

use super::drawing::{Caption, number, svg, text_width};
use crate::display_text::shorten;

/// The number of shades in the style sheet.
const LEVELS: f64 = 8.0;
/// From this shade on, counts are written in the text colour for dark cells.
const HIGH: usize = 5;
/// The maximum length of a name, in characters.
const MAX_NAME_LENGTH: usize = 18;

/// Draws a confusion matrix: rows are true labels, columns are predicted labels. The shade of a cell shows its share of
/// the row.
///
/// With up to 30 classes, cells show their counts. Each drawn cell has a tooltip with both labels and the count. Empty
/// cells are not drawn, so that the file is small even with hundreds of classes. The chart does not scale with the page:
/// put it into a box that scrolls.
///
/// Rows and columns of `counts` beyond the number of names are ignored.
pub fn heat_map(caption: &Caption<'_>, names: &[String], counts: &[Vec<u64>]) -> String {
    let n = names.len();
    let short: Vec<String> = names.iter().map(|name| shorten(name, MAX_NAME_LENGTH)).collect();
    let margin = text_width(short.iter().map(|name| name.chars().count()).max().unwrap_or(0)) + 12.0;
    let cell = match n {
        0..=12 => 34.0,
        13..=30 => 26.0,
        _ => 12.0,
    };
    let grid = Grid {
        left: margin + 16.0,
        top: margin + 16.0,
        cell,
        short,
    };
    let size = cell * n as f64;
    let content = html! {
        text class="soft" x=(number(grid.left)) y="12" { "predicted →" }
        text class="soft" x="4" y=(number(grid.top - 6.0)) { "true ↓" }
        rect class="heat-0" x=(number(grid.left)) y=(number(grid.top)) width=(number(size)) height=(number(size)) {}
        (grid.names())
        @for (row, counts) in counts.iter().take(n).enumerate() {
            (grid.row(row, counts, names))
        }
    };
    svg(
        caption,
        grid.left + size + 6.0,
        grid.top + size + 6.0,
        false,
        &content,
    )
}

struct Grid {
    left: f64,
    top: f64,
    cell: f64,
    short: Vec<String>,
}

impl Grid {
    fn names(&self) -> Markup {
        html! {
            @for (index, name) in self.short.iter().enumerate() {
                @let middle = self.cell * (index as f64 + 0.5) + 3.5;
                text class="end" x=(number(self.left - 6.0)) y=(number(self.top + middle)) { (name) }
                @let x = number(self.left + middle);
                @let y = number(self.top - 6.0);
                text x=(x) y=(y) transform={ "rotate(-90 " (x) " " (y) ")" } { (name) }
            }
        }
    }

    fn row(&self, row: usize, counts: &[u64], names: &[String]) -> Markup {
        let total: u64 = counts.iter().sum();
        let shown = |&(column, &count): &(usize, &u64)| count > 0 && column < names.len();
        let gap = if self.cell > 20.0 { 1.0 } else { 0.0 };
        html! {
            @for (column, &count) in counts.iter().enumerate().filter(shown) {
                @let share = count as f64 / total as f64;
                @let level = (share * LEVELS).ceil().clamp(1.0, LEVELS) as usize;
                @let (x, y) = (self.left + self.cell * column as f64, self.top + self.cell * row as f64);
                g {
                    title { (self.short[row]) " predicted as " (self.short[column]) ": " (count) " of " (total) }
                    rect class={ "heat-" (level) } x=(number(x + gap)) y=(number(y + gap))
                        width=(number(self.cell - 2.0 * gap)) height=(number(self.cell - 2.0 * gap)) {}
                    @if self.cell > 20.0 {
                        text class=(if level < HIGH { "middle low" } else { "middle high" })
                            x=(number(x + self.cell / 2.0)) y=(number(y + self.cell / 2.0 + 4.0)) { (short_count(count)) }
                    }
                }
            }
        }
    }
}

/// Formats a count in at most four characters.
fn short_count(count: u64) -> String {
    match count {
        0..=9_999 => count.to_string(),
        10_000..=999_999 => format!("{}k", count / 1_000),
        1_000_000..=999_999_999 => format!("{}M", count / 1_000_000),
        _ => format!("{}G", count / 1_000_000_000),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CAPTION: Caption<'_> = Caption {
        id: "h",
        title: "t",
        description: "d",
    };

    fn names(n: usize) -> Vec<String> {
        (0..n).map(|index| format!("<{index}>")).collect()
    }

    #[test]
    fn tooltips_name_the_true_and_the_predicted_label() {
        let svg = heat_map(&CAPTION, &names(2), &[vec![3, 1], vec![0, 12_345]]);
        assert!(svg.contains("&lt;0&gt; predicted as &lt;1&gt;: 1 of 4"), "{svg}");
        assert!(
            svg.contains(r#"class="heat-2""#)
                && svg.contains(r#"class="heat-6""#)
                && svg.contains(r#"class="heat-8""#)
        );
        assert!(svg.contains(">12k<") && !svg.contains(": 0 of"), "{svg}");
    }

    #[test]
    fn the_file_is_small_even_with_many_classes() {
        let n = 300;
        let counts: Vec<Vec<u64>> = (0..n)
            .map(|row| (0..n).map(|column| u64::from(row == column)).collect())
            .collect();
        let svg = heat_map(&CAPTION, &names(n), &counts);
        assert!(svg.len() < 200_000, "{}", svg.len());
        assert_eq!(svg.matches("heat-8").count(), n);
    }

    #[test]
    fn counts_beyond_the_names_are_ignored() {
        let svg = heat_map(&CAPTION, &names(1), &[vec![1, 7], vec![5, 5]]);
        assert_eq!(svg.matches("predicted as").count(), 1);
        assert!(heat_map(&CAPTION, &[], &[]).contains("<svg"));
    }
}
