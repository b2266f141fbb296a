//! Chooses the sheet that is read.

use std::io;

use calamine::{SheetType, SheetVisible};

use crate::contents::OtherSheet;
use crate::error::FormatError;

/// A sheet of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct SheetName {
    pub(super) name: String,
    pub(super) hidden: bool,
}

/// The sheets of an Excel workbook that have cells: charts and macros are left out.
pub(super) fn worksheets(sheets: &[calamine::Sheet]) -> Vec<SheetName> {
    let worksheets = sheets.iter().filter(|sheet| sheet.typ == SheetType::WorkSheet);
    let name = |sheet: &calamine::Sheet| SheetName {
        name: sheet.name.clone(),
        hidden: sheet.visible != SheetVisible::Visible,
    };
    worksheets.map(name).collect()
}

/// Chooses the sheet that the caller names, or the only visible sheet, or the visible sheet with the most cells. `count` returns
/// the number of cells. Returns the index of the chosen sheet, and the other sheets.
pub(super) fn choose_sheet(
    sheets: &[SheetName],
    wanted: Option<&str>,
    mut count: impl FnMut(usize) -> io::Result<u64>,
) -> io::Result<(usize, Vec<OtherSheet>)> {
    let mut cells: Vec<Option<u64>> = vec![None; sheets.len()];
    let visible: Vec<usize> = (0..sheets.len()).filter(|index| !sheets[*index].hidden).collect();
    let chosen = match (wanted, visible.as_slice()) {
        (Some(wanted), _) => sheets
            .iter()
            .position(|sheet| sheet.name == wanted)
            .ok_or_else(|| FormatError::MissingSheet {
                sheet: wanted.to_string(),
                found: sheets.iter().map(|sheet| sheet.name.clone()).collect(),
            })?,
        (None, [only]) => *only,
        (None, _) => {
            for index in &visible {
                cells[*index] = Some(count(*index)?);
            }
            // The first of several with the same number.
            let largest = visible.into_iter().rev().max_by_key(|index| cells[*index]);
            largest
                .filter(|index| cells[*index] != Some(0))
                .ok_or(FormatError::EmptySheets)?
        }
    };
    let others = (0..sheets.len())
        .filter(|index| *index != chosen)
        .map(|index| OtherSheet {
            name: sheets[index].name.clone(),
            cells: cells[index],
            hidden: sheets[index].hidden,
        });
    Ok((chosen, others.collect()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn choose(sheets: &[(&str, bool, u64)], wanted: Option<&str>) -> Result<(usize, usize), String> {
        let names: Vec<SheetName> = sheets
            .iter()
            .map(|(name, hidden, _)| SheetName {
                name: name.to_string(),
                hidden: *hidden,
            })
            .collect();
        let mut counted = 0;
        let count = |index: usize| {
            counted += 1;
            Ok(sheets[index].2)
        };
        let (chosen, others) = choose_sheet(&names, wanted, count).map_err(|error| error.to_string())?;
        assert_eq!(others.len(), sheets.len() - 1);
        Ok((chosen, counted))
    }

    #[test]
    fn the_sheet_is_chosen_by_name_or_by_size() {
        let sheets = [
            ("Notes", false, 3),
            ("Data", false, 90),
            ("Old", true, 900),
            ("Copy", false, 90),
        ];
        assert_eq!(choose(&sheets, None), Ok((1, 3)));
        assert_eq!(choose(&sheets, Some("Old")), Ok((2, 0)));
        assert_eq!(choose(&sheets[1..3], None), Ok((0, 0)));
        assert!(choose(&sheets, Some("data")).is_err_and(|error| error.contains("`Data`")));
        assert!(choose(&[("A", false, 0), ("B", false, 0)], None).is_err());
        assert!(choose(&[("A", true, 5)], None).is_err());
    }
}
