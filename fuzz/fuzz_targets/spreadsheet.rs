//! Reads any bytes as a spreadsheet: `scripts/fuzz.sh spreadsheet 600`
//!
//! The first byte chooses the kind: a complete file, such as an `.xls`; the XML of a sheet of an `.xlsx`, followed by a byte 0xFF and
//! the XML of its shared texts; or the `content.xml` of an `.ods`.

#![no_main]

#[path = "common/formats.rs"]
mod formats;
#[path = "common/memory.rs"]
mod memory;

use feedback_testkit::dialects::{Ods, Xlsx};

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    let Some((kind, content)) = data.split_first() else { return };
    match kind % 3 {
        0 => formats::check(content, "file.xls"),
        1 => {
            let mut parts = content.splitn(2, |byte| *byte == 0xFF);
            let (sheet, texts) = (parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
            formats::check(&Xlsx::workbook(sheet, texts, false), "file.xlsx");
        }
        _ => formats::check(&Ods::document(content, false), "file.ods"),
    }
});
