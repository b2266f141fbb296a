//! The time of a report without that of finding themes.
//!
//!     cargo run --release -p feedback-report --example report_speed -- [ROWS]

use std::time::Instant;

use feedback_insight::{ThemeOptions, Themes, Vectors};
use feedback_report::{Input, Label, LabelSource, Report, ReportOptions};

const N_THEMES: usize = 20;
const N_COLUMNS: usize = 32;

#[expect(clippy::print_stdout, reason = "the example prints its result")]
fn main() -> Result<(), Box<dyn std::error::Error>> {
    let n: usize = std::env::args().nth(1).map_or(Ok(100_000), |rows| rows.parse())?;
    // Rows of 20 themes, 8 categories and four fields; one theme grows in one version.
    let draw = |row: usize, factor: u64, n: u64| ((row as u64).wrapping_mul(factor) >> 7) % n;
    let theme = |row: usize| match (row > n / 2, draw(row, 0x9E37_79B9_7F4A_7C15, 7)) {
        (true, 3) if draw(row, 0xC2B2_AE3D_27D4_EB4F, 4) == 1 => 0,
        _ => draw(row, 0xD6E8_FEB8_6659_FD93, N_THEMES as u64) as usize,
    };
    let texts: Vec<String> = (0..n)
        .map(|row| format!("theme{} is about part{} of row {row}", theme(row), row % 97))
        .collect();
    let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
    // 250 different vectors of each theme, so that finding themes does not take longer than the report.
    let value = |row: usize, column: usize| {
        let noise = draw((row % 250) * N_COLUMNS + column, 0xA24B_AED4_963E_E407, 1_000) as f32 / 4_000.0;
        noise + if column == theme(row) { 1.0 } else { 0.0 }
    };
    let values: Vec<f32> = (0..n * N_COLUMNS)
        .map(|place| value(place / N_COLUMNS, place % N_COLUMNS))
        .collect();
    let vectors = Vectors::new(N_COLUMNS, &values)?;
    let dates: Vec<Option<i64>> = (0..n)
        .map(|row| Some((180 * row / n) as i64 * 86_400_000_000))
        .collect();
    let names = [
        "bug",
        "complaint",
        "documentation",
        "feature request",
        "other",
        "praise",
        "question",
        "usage tip",
    ];
    let label = |row: usize| {
        Some(Label {
            name: names[(theme(row) + row % 2) % names.len()],
            confidence: Some(0.8),
            source: LabelSource::Model,
        })
    };
    let labels: Vec<Option<Label<'_>>> = (0..n).map(label).collect();
    let stars: Vec<f64> = (0..n)
        .map(|row| 1.0 + draw(row, 0x1656_67B1_9E37_79F9, 5) as f64)
        .collect();
    let codes: Vec<String> = (0..20).map(|code| format!("v{code}")).collect();
    let field = |factor: u64, size: u64| -> Vec<&str> {
        (0..n)
            .map(|row| codes[draw(row, factor, size) as usize].as_str())
            .collect()
    };
    let fields = [
        field(0xC2B2_AE3D_27D4_EB4F, 4),
        field(0x27D4_EB2F_1656_67C5, 12),
        field(0x85EB_CA77_C2B2_AE63, 3),
        field(0x1234_5678_9ABC_DEF1, 18),
    ];
    let mut input = Input::new(&texts, &vectors)?
        .with_dates(&dates)?
        .with_labels(&labels)?
        .with_numbers("stars", &stars)?;
    for (name, values) in ["version", "country", "plan", "city"].iter().zip(&fields) {
        input = input.with_field(name, values)?;
    }
    let start = Instant::now();
    let themes = Themes::fit(&vectors, &ThemeOptions::default().with_resolution(1.0))?;
    println!(
        "{n} rows, {} themes found in {:.1} s",
        themes.n_themes(),
        start.elapsed().as_secs_f64()
    );
    let start = Instant::now();
    let report = Report::from_themes(&input, &themes, &ReportOptions::default())?;
    println!(
        "report: {:.1} s, {} tests",
        start.elapsed().as_secs_f64(),
        report.method.n_tests
    );
    let start = Instant::now();
    let (json, html) = (report.to_json()?, report.to_html());
    println!(
        "rendered in {:.1} s: JSON {} bytes, HTML {} bytes",
        start.elapsed().as_secs_f64(),
        json.len(),
        html.len()
    );
    println!("{}", report.summary);
    Ok(())
}
