//! Tables of things that are listed, such as files: on phones, each row becomes a card.

use maud::{Markup, html};

/// A column: its name, and whether it has numbers.
pub(super) type Column = (&'static str, bool);

/// Renders a table. `cells` of each row are in the order of the columns.
pub(super) fn table(title: &str, columns: &[Column], rows: impl Iterator<Item = Vec<Markup>>) -> Markup {
    html! {
        // The roles stay when a phone shows rows and cells as blocks.
        table.as-cards role="table" {
            caption { (title) }
            thead role="rowgroup" { tr role="row" { @for (name, is_number) in columns { th class=[is_number.then_some("number")] scope="col" role="columnheader" { (name) } } } }
            tbody role="rowgroup" {
                @for cells in rows {
                    tr role="row" {
                        @for ((name, is_number), cell) in columns.iter().zip(cells) { td class=[is_number.then_some("number")] role="cell" data-label=(name) { span { (cell) } } }
                    }
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_cell_has_the_name_of_its_column() {
        let rows = [vec![html! { "a.csv" }, html! { "3" }]].into_iter();
        let drawn = table("Files", &[("File", false), ("Rows", true)], rows).into_string();
        assert!(
            drawn.contains(r#"<td role="cell" data-label="File"><span>a.csv</span></td>"#),
            "{drawn}"
        );
        assert!(
            drawn.contains(r#"<td class="number" role="cell" data-label="Rows"><span>3</span></td>"#),
            "{drawn}"
        );
    }
}
