//! Numbers and headlines in words.

use feedback_metrics::statistics::Interval;

use crate::changes::Change;
use crate::levels::LIKE;
use crate::study::{Kind, Metric};

/// A number with at most one decimal, and `−` as its sign.
pub(crate) fn number(value: f64) -> String {
    let text = format!("{:.1}", value.abs());
    let text = text.strip_suffix(".0").unwrap_or(&text);
    let sign = if value < 0.0 && text != "0" { "−" } else { "" };
    format!("{sign}{text}")
}

/// A number with its sign.
pub(crate) fn signed(value: f64) -> String {
    let text = number(value);
    if value > 0.0 && text != "0" {
        return format!("+{text}");
    }
    text
}

/// A share in percent, or a difference in points, always has one decimal, so that the numbers of a sentence fit together.
fn percentage(share: f64) -> String {
    let text = format!("{:.1}", 100.0 * share.abs());
    let sign = if share < 0.0 && text != "0.0" { "−" } else { "" };
    format!("{sign}{text}")
}

/// A number of ratings has two decimals.
fn rating(value: f64) -> String {
    let sign = if value < -0.005 { "−" } else { "" };
    format!("{sign}{:.2}", value.abs())
}

/// A level in words: `4.5 %`, or `3.27`.
pub(crate) fn level(kind: Kind, value: f64) -> String {
    match kind {
        Kind::Rating | Kind::Mean => rating(value),
        Kind::Score => number(value),
        _ => format!("{} %", percentage(value)),
    }
}

/// A difference of levels in words, without unit: `+4.5` for shares, in points, or `+0.27`.
pub(crate) fn difference(kind: Kind, value: f64) -> String {
    match kind {
        Kind::Rating | Kind::Mean if value > 0.005 => format!("+{}", rating(value)),
        Kind::Rating | Kind::Mean => rating(value),
        Kind::Score => signed(value),
        _ => {
            let text = percentage(value);
            if value > 0.0 && text != "0.0" {
                format!("+{text}")
            } else {
                text
            }
        }
    }
}

/// The ends of an interval of a difference: `+6 to +16`.
pub(crate) fn interval(kind: Kind, interval: &Interval) -> String {
    let [low, high] = [interval.low, interval.high].map(|end| difference(kind, end));
    format!("{low} to {high}")
}

/// What is said of a metric: `texts about “app crashes”`.
fn subject(metric: &Metric) -> String {
    let about = |name: &str| {
        if name.starts_with(LIKE) {
            format!("texts {name}")
        } else {
            format!("texts about “{name}”")
        }
    };
    match metric.kind {
        Kind::Theme => about(&metric.name),
        Kind::Group => format!("{} ({} themes)", about(&metric.name), metric.n_themes),
        Kind::Category => format!("texts labelled “{}”", metric.name),
        Kind::Rating | Kind::Mean => format!("the mean of {}", metric.name),
        Kind::Score => format!("the net promoter score of {}", metric.name),
        Kind::Target => format!("the share of texts with {}", metric.name),
    }
}

/// `rose from 4 % to 15 % (+11 points, 95 % interval +6 to +16)`. `of` follows the second level.
fn moved(kind: Kind, change: &Change, of: &str) -> String {
    let verb = if change.change < 0.0 { "fell" } else { "rose" };
    let unit = if kind.is_share() { " points" } else { "" };
    format!(
        "{verb} from {} to {}{of} ({}{unit}, {} % interval {})",
        level(kind, change.before.value),
        level(kind, change.after.value),
        difference(kind, change.change),
        number(100.0 * change.interval.confidence),
        interval(kind, &change.interval)
    )
}

/// The headline of a change over all texts, and of the segment in which it is concentrated, with its contribution.
pub(crate) fn overall(metric: &Metric, change: &Change, segment: Option<(&str, f64)>) -> String {
    let of = match metric.kind {
        Kind::Theme | Kind::Group => " of all texts",
        Kind::Category => " of all labelled texts",
        Kind::Rating | Kind::Mean | Kind::Score => "",
        Kind::Target => " of all texts with a value",
    };
    let mut text = capitalised(&format!("{} {}", subject(metric), moved(metric.kind, change, of)));
    if let Some((name, contribution)) = segment {
        text += &format!(
            ", {}",
            concentrated(metric.kind, change.change, name, contribution)
        );
    }
    text
}

/// `most of it in Device tablet (+8 of +11 points)`. Contributions add up to the change, so one that is larger than the change stands
/// against an opposite one elsewhere.
fn concentrated(kind: Kind, change: f64, segment: &str, contribution: f64) -> String {
    let unit = if kind.is_share() { " points" } else { "" };
    let of = format!(
        "{} of {}{unit}",
        difference(kind, contribution),
        difference(kind, change)
    );
    let is_more = difference(kind, contribution.abs() - change.abs()).starts_with('+');
    if is_more && contribution * change > 0.0 {
        return format!(
            "more than all of it in {segment} ({of}; elsewhere {})",
            difference(kind, change - contribution)
        );
    }
    let part = if contribution.abs() >= 0.5 * change.abs() {
        "most of it"
    } else {
        "above all"
    };
    format!("{part} in {segment} ({of})")
}

/// The headline of a change within a segment. `effect` is its part of the change over all texts.
pub(crate) fn within(metric: &Metric, change: &Change, segment: &str, effect: f64) -> String {
    let (of, all) = match metric.kind {
        Kind::Theme | Kind::Group => (" of the texts there", "points of all texts"),
        Kind::Category => (" of the labelled texts there", "points of all labelled texts"),
        Kind::Rating | Kind::Mean => ("", "on the mean of all texts"),
        Kind::Score => ("", "on the score of all texts"),
        Kind::Target => (
            " of the texts with a value there",
            "points of all texts with a value",
        ),
    };
    format!(
        "In {segment}, {} {}: {} {all}",
        subject(metric),
        moved(metric.kind, change, of),
        difference(metric.kind, effect)
    )
}

/// The headline of an effect that comes from the size of a segment. `change` is that of its share of all texts.
pub(crate) fn size(metric: &Metric, change: &Change, segment: &str, effect: f64) -> String {
    let unit = if metric.kind.is_share() { " points" } else { "" };
    format!(
        "The share of {segment} {}; by that alone, {} moved by {}{unit}",
        moved(Kind::Theme, change, " of all texts"),
        subject(metric),
        difference(metric.kind, effect)
    )
}

/// The headline of a change that is large but not proven.
pub(crate) fn unproven(metric: &Metric, change: &Change) -> String {
    format!(
        "Unproven: {} {}",
        subject(metric),
        moved(metric.kind, change, " of all texts")
    )
}

/// A p-value: `p = 0.003`, or `p below 0.001`.
pub(crate) fn p_value(value: f64) -> String {
    if value < 0.001 {
        return "p below 0.001".to_owned();
    }
    format!("p = {value:.3}")
}

fn capitalised(text: &str) -> String {
    let mut characters = text.chars();
    characters.next().map_or_else(String::new, |first| {
        first.to_uppercase().chain(characters).collect()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn metric(kind: Kind, name: &str) -> Metric {
        Metric {
            kind,
            id: "measure-1".to_owned(),
            name: name.to_owned(),
            group: None,
            n_themes: 0,
            base: None,
            values: Vec::new(),
        }
    }

    fn change(metric: &Metric, before: f64, after: f64) -> Change {
        let change = after - before;
        Change {
            before: metric.level(before, 100, &[]),
            after: metric.level(after, 100, &[]),
            change,
            interval: Interval {
                low: 1.5 * change,
                high: 0.5 * change,
                confidence: 0.95,
            },
            p_value: 0.01,
            adjusted_p_value: 0.01,
            significant: true,
        }
    }

    #[test]
    fn scores_and_service_levels_in_words() {
        let score = metric(Kind::Score, "NPS");
        assert_eq!(
            overall(&score, &change(&score, 31.0, 11.0), None),
            "The net promoter score of NPS fell from 31 to 11 (−20, 95 % interval −30 to −10)"
        );
        let target = metric(Kind::Target, "Hours of at most 24");
        assert_eq!(
            within(&target, &change(&target, 0.9, 0.5), "Plan pro", -0.1),
            "In Plan pro, the share of texts with Hours of at most 24 fell from 90.0 % to 50.0 % of the texts with a value there (−40.0 points, 95 % interval \
             −60.0 to −20.0): −10.0 points of all texts with a value"
        );
    }

    #[test]
    fn a_part_that_is_larger_than_the_change_is_explained() {
        assert_eq!(
            concentrated(Kind::Theme, 0.111, "Version 4.2", 0.093),
            "most of it in Version 4.2 (+9.3 of +11.1 points)"
        );
        assert_eq!(
            concentrated(Kind::Theme, -0.11, "Country Germany", -0.113),
            "more than all of it in Country Germany (−11.3 of −11.0 points; elsewhere +0.3)"
        );
        assert_eq!(
            concentrated(Kind::Rating, -0.5, "Plan pro", -0.2),
            "above all in Plan pro (−0.20 of −0.50)"
        );
        assert_eq!(
            concentrated(Kind::Theme, -0.11, "Plan pro", -0.1104),
            "most of it in Plan pro (−11.0 of −11.0 points)"
        );
    }

    #[test]
    fn numbers_in_words() {
        assert_eq!([11.04, -0.04, 0.25, -3.0].map(signed), ["+11", "0", "+0.2", "−3"]);
        assert_eq!(level(Kind::Rating, 3.271), "3.27");
        assert_eq!(level(Kind::Theme, 0.0451), "4.5 %");
        assert_eq!(difference(Kind::Rating, -0.25), "−0.25");
        assert_eq!(difference(Kind::Rating, -0.001), "0.00");
        let ends = Interval {
            low: -0.01,
            high: 0.2,
            confidence: 0.95,
        };
        assert_eq!(interval(Kind::Category, &ends), "−1.0 to +20.0");
        assert_eq!(capitalised("été"), "Été");
        assert_eq!([0.0034, 0.0009].map(p_value), ["p = 0.003", "p below 0.001"]);
    }
}
