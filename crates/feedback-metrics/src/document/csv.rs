//! A table as CSV.

use super::table::{Cell, Table};

impl Table {
    /// The table as CSV (RFC 4180, except that lines end in `\n`): a line of column names, then the rows. Shares are
    /// numbers from 0 to 1; NaN and infinities are empty fields.
    ///
    /// A spreadsheet would treat a text as a formula if it begins with `=`, `+`, `-`, `@`, a tab or a carriage
    /// return. Such a text gets a leading `'`, which marks plain text in spreadsheets.
    pub fn to_csv(&self) -> String {
        let mut csv = line(self.head.iter().map(|name| text(name)));
        for row in &self.rows {
            csv += &line(row.iter().map(field));
        }
        csv
    }
}

fn line(fields: impl Iterator<Item = String>) -> String {
    fields.collect::<Vec<_>>().join(",") + "\n"
}

fn field(cell: &Cell) -> String {
    match cell {
        Cell::Text(words) | Cell::Link { text: words, .. } | Cell::Anchor { text: words, .. } => text(words),
        Cell::Linked { cell, .. } => field(cell),
        Cell::Count(count) => count.to_string(),
        Cell::Share(number) | Cell::Number(number) if number.is_finite() => number.to_string(),
        _ => String::new(),
    }
}

fn text(words: &str) -> String {
    let formula = words.starts_with(['=', '+', '-', '@', '\t', '\r']);
    let words = if formula {
        format!("'{words}")
    } else {
        words.to_owned()
    };
    if words.contains([',', '"', '\n', '\r']) {
        return format!("\"{}\"", words.replace('"', "\"\""));
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_quoted_where_needed() {
        let mut table = Table::new("t", "t", &["a,b", "n"]);
        table.push(vec![Cell::text("say \"hi\"\nnow"), Cell::Number(0.1)]);
        table.push(vec![Cell::text("=HYPERLINK(1)"), Cell::Number(f64::NAN)]);
        assert_eq!(
            table.to_csv(),
            "\"a,b\",n\n\"say \"\"hi\"\"\nnow\",0.1\n'=HYPERLINK(1),\n"
        );
    }
}
