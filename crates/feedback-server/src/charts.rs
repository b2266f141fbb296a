//! Charts as SVG, drawn here: no script, no style attribute, colours by class. Each chart has a name and says its range;
//! the pages put a table beside it.

use std::fmt::Write;

use maud::{Markup, PreEscaped, html};

/// The width of a chart in units of its own.
const WIDTH: f64 = 640.0;
/// Its height.
const HEIGHT: f64 = 240.0;
/// Room for numbers on the left, and for names below.
const LEFT: f64 = 60.0;
const BOTTOM: f64 = 24.0;
const TOP: f64 = 10.0;

/// A line of a chart; where there is no value the line is broken.
#[derive(Debug, Clone)]
pub(crate) struct Series<'a> {
    pub(crate) name: &'a str,
    pub(crate) values: Vec<Option<f64>>,
}

/// Labels and shares from 0 to 1 as bars.
pub(crate) fn bars<'a>(title: &str, rows: impl Iterator<Item = (&'a str, f64)>) -> Markup {
    html! {
        dl.bars aria-label=(title) {
            @for (label, share) in rows {
                dt { (label) }
                dd.bar {
                    svg viewBox="0 0 100 10" preserveAspectRatio="none" aria-hidden="true" {
                        rect.track width="100" height="10" rx="1" {}
                        rect.fill width=(format!("{:.2}", share.clamp(0.0, 1.0) * 100.0)) height="10" rx="1" {}
                    }
                }
                dd.number { (format!("{:.1} %", share * 100.0)) }
            }
        }
    }
}

/// Counts as columns.
pub(crate) fn columns(title: &str, names: &[String], counts: &[f64]) -> Markup {
    let top = nice(counts.iter().copied().fold(0.0, f64::max));
    let step = (WIDTH - LEFT) / counts.len().max(1) as f64;
    html! {
        svg.chart viewBox=(view()) role="img" aria-label=(format!("{title}: {} columns, the highest {top:.0} at most", counts.len())) {
            (axis(top, |value| format!("{value:.0}")))
            @for (index, (count, name)) in counts.iter().zip(names).enumerate() {
                @let height = count / top * (HEIGHT - TOP - BOTTOM);
                @let x = LEFT + step * index as f64;
                rect.fill x=(short(x + step * 0.1)) y=(short(HEIGHT - BOTTOM - height)) width=(short(step * 0.8)) height=(short(height)) {
                    title { (name) ": " (format!("{count:.0}")) }
                }
                @if index % 2 == 0 {
                    text.soft x=(short(x + step / 2.0)) y=(short(HEIGHT - 6.0)) text-anchor="middle" { (name) }
                }
            }
        }
    }
}

/// Series over the same points, as lines, with a key.
pub(crate) fn lines(
    title: &str,
    names: &[String],
    series: &[Series<'_>],
    show: impl Fn(f64) -> String,
) -> Markup {
    let values = series.iter().flat_map(|series| series.values.iter().flatten());
    let top = nice(values.copied().fold(0.0, f64::max));
    let ends = match (names.first(), names.last()) {
        (Some(first), Some(last)) => format!("{first} to {last}"),
        _ => "no data".to_owned(),
    };
    html! {
        svg.chart viewBox=(view()) role="img" aria-label=(format!("{title}, {ends}")) {
            (axis(top, show))
            @for (index, series) in series.iter().enumerate() {
                path class={ "line l" (index % 8 + 1) } d=(path(&series.values, top)) {}
                @for (at, value) in series.values.iter().enumerate() {
                    @if let Some(value) = value {
                        @if alone(&series.values, at) {
                            circle class={ "f" (index % 8 + 1) } cx=(short(x_of(at, series.values.len()))) cy=(short(y_of(*value, top))) r="3" {}
                        }
                    }
                }
            }
            @if let (Some(first), Some(last)) = (names.first(), names.last()) {
                text.soft x=(short(LEFT)) y=(short(HEIGHT - 6.0)) { (first) }
                @if names.len() > 1 { text.soft x=(short(WIDTH)) y=(short(HEIGHT - 6.0)) text-anchor="end" { (last) } }
            }
        }
        ul.key {
            @for (index, series) in series.iter().enumerate() {
                li {
                    svg viewBox="0 0 10 10" aria-hidden="true" { rect class={ "f" (index % 8 + 1) } width="10" height="10" rx="2" {} }
                    (series.name)
                }
            }
        }
    }
}

fn view() -> String {
    format!("0 0 {WIDTH} {HEIGHT}")
}

/// Three lines with their values; the one in the middle has none where rounding makes it one of the others.
fn axis(top: f64, show: impl Fn(f64) -> String) -> Markup {
    html! {
        @let ends = [show(0.0), show(top)];
        @for part in [0.0, 0.5, 1.0] {
            @let y = y_of(top * part, top);
            path.axis d=(format!("M{LEFT} {y:.1}H{WIDTH}")) {}
            @if part != 0.5 || !ends.contains(&show(top * part)) {
                text.soft x=(short(LEFT - 6.0)) y=(short(y + 4.0)) text-anchor="end" { (show(top * part)) }
            }
        }
    }
}

fn x_of(at: usize, n: usize) -> f64 {
    LEFT + (WIDTH - LEFT) * if n > 1 { at as f64 / (n - 1) as f64 } else { 0.5 }
}

fn y_of(value: f64, top: f64) -> f64 {
    HEIGHT - BOTTOM - value / top * (HEIGHT - TOP - BOTTOM)
}

/// A point between two gaps, which no line would show.
fn alone(values: &[Option<f64>], at: usize) -> bool {
    let missing = |at: Option<usize>| at.and_then(|at| values.get(at)).copied().flatten().is_none();
    missing(at.checked_sub(1)) && missing(Some(at + 1))
}

fn path(values: &[Option<f64>], top: f64) -> String {
    let mut path = String::new();
    let mut command = 'M';
    for (at, value) in values.iter().enumerate() {
        match value {
            Some(value) => {
                // Writing into a string cannot fail.
                let _ = write!(
                    path,
                    "{command}{:.1} {:.1}",
                    x_of(at, values.len()),
                    y_of(*value, top)
                );
                command = 'L';
            }
            None => command = 'M',
        }
    }
    path
}

fn short(value: f64) -> PreEscaped<String> {
    PreEscaped(format!("{value:.1}"))
}

/// The next number that reads well: 1, 2 or 5 times a power of ten; shares end at 1.
fn nice(value: f64) -> f64 {
    if value <= 0.0 {
        return 1.0;
    }
    let power = 10f64.powf(value.log10().floor());
    [1.0, 2.0, 5.0, 10.0]
        .into_iter()
        .map(|factor| factor * power)
        .find(|bound| *bound >= value * (1.0 - 1e-12))
        .unwrap_or(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bounds_read_well() {
        for (value, bound) in [
            (0.0, 1.0),
            (0.7, 1.0),
            (1.0, 1.0),
            (3.0, 5.0),
            (17.0, 20.0),
            (51.0, 100.0),
        ] {
            assert!((nice(value) - bound).abs() < 1e-9, "{value}");
        }
    }

    #[test]
    fn lines_break_at_gaps_and_single_points_are_dots() {
        let values = [Some(1.0), Some(2.0), None, Some(1.0), None];
        assert_eq!(path(&values, 2.0), "M60.0 113.0L205.0 10.0M495.0 113.0");
        let dots: Vec<usize> = (0..5)
            .filter(|at| values[*at].is_some() && alone(&values, *at))
            .collect();
        assert_eq!(dots, [3]);
    }

    #[test]
    fn names_are_escaped_and_nothing_is_inline() {
        let series = [Series {
            name: "<b>",
            values: vec![Some(1.0), None],
        }];
        let drawn = lines("a \"b\"", &["<i>".into(), "z".into()], &series, |value| {
            value.to_string()
        });
        let drawn = drawn.into_string();
        assert!(
            !drawn.contains("<b>") && !drawn.contains("<i>") && !drawn.contains("style="),
            "{drawn}"
        );
    }
}
