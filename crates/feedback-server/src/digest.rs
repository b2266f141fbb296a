//! The digest: a page of Markdown that summarizes some weeks, computed from counts only.

use std::fmt::Write;

use crate::clock::day_name;
use crate::labels::NO_LABEL;
use crate::phrases::percent;
use crate::spikes::{DAYS, spikes};
use feedback_store::{DayCount, LabelCount, Overview};

/// A range of days, as days since 1970-01-01.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Period {
    /// The first day.
    pub(crate) from: i64,
    /// The day after the last day.
    pub(crate) to: i64,
}

impl Period {
    /// Returns the last `weeks` times seven days before `today`. `today` is not over yet, so it is not included.
    pub(crate) fn weeks_before(today: i64, weeks: i64) -> Self {
        Self {
            from: today - 7 * weeks,
            to: today,
        }
    }

    /// Returns the period of the same length that ends where this one starts.
    pub(crate) fn before(self) -> Self {
        Self {
            from: 2 * self.from - self.to,
            to: self.from,
        }
    }

    /// Returns this period, extended by the earlier days that spike detection compares with.
    pub(crate) fn with_past(self) -> Self {
        Self {
            from: self.from - DAYS,
            ..self
        }
    }

    fn name(self) -> String {
        format!("{} to {}", day_name(self.from), day_name(self.to - 1))
    }
}

/// The data of a digest.
#[derive(Debug)]
pub(crate) struct Digest<'a> {
    /// The days that the digest covers.
    pub(crate) period: Period,
    /// The counts of `period`.
    pub(crate) current: &'a Overview,
    /// The counts of the period before, [`Period::before`].
    pub(crate) before: &'a Overview,
    /// The daily counts of [`Period::with_past`].
    pub(crate) days: &'a [DayCount],
    /// Number of texts since the end of the period. They are not part of the other counts.
    pub(crate) since: u64,
    /// A daily count below this is never a spike.
    pub(crate) min_count: u64,
}

impl Digest<'_> {
    /// Returns the digest as Markdown.
    pub(crate) fn markdown(&self) -> String {
        let mut page = format!(
            "# Feedback digest\n\n{} (UTC), compared with {}.\n\n",
            self.period.name(),
            self.period.before().name()
        );
        self.totals(&mut page);
        self.categories(&mut page);
        self.spikes(&mut page);
        // Writing to a string cannot fail.
        let _ = writeln!(page, "\nTexts since then, not counted here: {}.", self.since);
        page
    }

    fn totals(&self, page: &mut String) {
        let (now, before) = (self.current, self.before);
        let part =
            |overview: &Overview, count: u64| format!("{count} ({})", percent(share(count, overview.total)));
        let points_of = |now_count, before_count| {
            let shares = (share(now_count, now.total), share(before_count, before.total));
            points(now.total, before.total, shares.0 - shares.1)
        };
        let confidence = |overview: &Overview| match overview.total {
            0 => "–".to_owned(),
            _ => percent(overview.mean_confidence),
        };
        let rows = [
            [
                "Texts".to_owned(),
                now.total.to_string(),
                before.total.to_string(),
                change(now.total, before.total),
            ],
            [
                "Doubtful".to_owned(),
                part(now, now.doubtful),
                part(before, before.doubtful),
                points_of(now.doubtful, before.doubtful),
            ],
            [
                "Corrected by people".to_owned(),
                part(now, now.corrected),
                part(before, before.corrected),
                points_of(now.corrected, before.corrected),
            ],
            [
                "Mean confidence".to_owned(),
                confidence(now),
                confidence(before),
                points(
                    now.total,
                    before.total,
                    now.mean_confidence - before.mean_confidence,
                ),
            ],
        ];
        table(page, &["", "Now", "Before", "Change"], rows);
    }

    /// Writes the table of the categories of both periods, most frequent first.
    fn categories(&self, page: &mut String) {
        let (now, before) = (self.current, self.before);
        let gone = before
            .labels
            .iter()
            .filter(|one| count_of(&now.labels, &one.label) == 0);
        let counts = now.labels.iter().chain(gone).map(|one| {
            let counts = (
                count_of(&now.labels, &one.label),
                count_of(&before.labels, &one.label),
            );
            (one.label.as_str(), counts)
        });
        let none = (NO_LABEL, (now.unlabelled, before.unlabelled));
        let none = Some(none).filter(|(_, counts)| *counts != (0, 0));
        let rows: Vec<[String; 6]> = counts
            .chain(none)
            .map(|(name, counts)| {
                let shares = (share(counts.0, now.total), share(counts.1, before.total));
                [
                    escaped(name),
                    counts.0.to_string(),
                    percent(shares.0),
                    counts.1.to_string(),
                    change(counts.0, counts.1),
                    points(now.total, before.total, shares.0 - shares.1),
                ]
            })
            .collect();
        page.push_str("\n## Categories\n\n");
        if rows.is_empty() {
            page.push_str("No texts in either period.\n");
            return;
        }
        let head = [
            "Category",
            "Texts",
            "Share",
            "Before",
            "Change",
            "Change of share",
        ];
        table(page, &head, rows);
        if now.several + before.several > 0 {
            page.push_str(
                "\nA text with several labels counts once under each of them, so the shares can sum to more than 100 %.\n",
            );
        }
    }

    fn spikes(&self, page: &mut String) {
        page.push_str("\n## Spikes\n\n");
        let mut any = false;
        for day in self.period.from..self.period.to {
            for spike in spikes(self.days, day, self.min_count) {
                any = true;
                let _ = writeln!(
                    page,
                    "- {}: **{}**, {} texts; the median of the days before is {}",
                    day_name(day),
                    escaped(&spike.label),
                    spike.count,
                    spike.median
                );
            }
        }
        if !any {
            page.push_str("None.\n");
        }
    }
}

fn table<const N: usize>(page: &mut String, head: &[&str; N], rows: impl IntoIterator<Item = [String; N]>) {
    let _ = writeln!(page, "| {} |", head.join(" | "));
    let _ = writeln!(page, "|---|{}", "---:|".repeat(N - 1));
    for row in rows {
        let _ = writeln!(page, "| {} |", row.join(" | "));
    }
}

fn count_of(labels: &[LabelCount], name: &str) -> u64 {
    labels
        .iter()
        .find(|one| one.label == name)
        .map_or(0, |one| one.count)
}

/// Returns `count` as a share of `total`; 0 if `total` is 0.
fn share(count: u64, total: u64) -> f64 {
    count as f64 / total.max(1) as f64
}

/// Formats the relative change in percent.
fn change(now: u64, before: u64) -> String {
    match (now, before) {
        (0, 0) => "–".into(),
        (_, 0) => "new".into(),
        _ => format!("{:+.1} %", (now as f64 / before as f64 - 1.0) * 100.0),
    }
}

/// Formats a difference of shares in percentage points; a dash if one of the periods has no texts.
fn points(now_total: u64, before_total: u64, difference: f64) -> String {
    if now_total == 0 || before_total == 0 {
        return "–".into();
    }
    format!("{:+.1} points", difference * 100.0)
}

/// Escapes Markdown and HTML in a name.
fn escaped(name: &str) -> String {
    let mut out = String::with_capacity(name.len());
    for character in name.chars() {
        if character.is_control() {
            out.push(' ');
            continue;
        }
        if character.is_ascii_punctuation() && !matches!(character, '-' | ',' | '.' | '/' | ':') {
            out.push('\\');
        }
        out.push(character);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    const TODAY: i64 = 20_000; // 2024-10-04

    fn overview(doubtful: u64, corrected: u64, mean_confidence: f64, labels: &[(&str, u64)]) -> Overview {
        Overview {
            total: labels.iter().map(|(_, count)| count).sum(),
            doubtful,
            corrected,
            mean_confidence,
            labels: labels
                .iter()
                .map(|(label, count)| LabelCount {
                    label: (*label).into(),
                    count: *count,
                })
                .collect(),
            ..Overview::default()
        }
    }

    fn markdown(current: &Overview, before: &Overview, days: &[DayCount]) -> String {
        let digest = Digest {
            period: Period::weeks_before(TODAY, 1),
            current,
            before,
            days,
            since: 3,
            min_count: 10,
        };
        digest.markdown()
    }

    #[test]
    fn a_week_is_compared_with_the_one_before() {
        let current = overview(20, 5, 0.9, &[("bug", 150), ("praise_", 40), ("new|one", 10)]);
        let before = overview(10, 0, 0.8, &[("bug", 50), ("praise_", 40), ("gone", 10)]);
        let mut days: Vec<DayCount> = (TODAY - 35..TODAY)
            .map(|day| DayCount {
                day,
                labels: vec!["bug".into()],
                source: "api".into(),
                count: 7,
                confidence: 0.0,
            })
            .collect();
        days[30].count = 108; // 2024-09-29
        let expected = "\
# Feedback digest

2024-09-27 to 2024-10-03 (UTC), compared with 2024-09-20 to 2024-09-26.

|  | Now | Before | Change |
|---|---:|---:|---:|
| Texts | 200 | 100 | +100.0 % |
| Doubtful | 20 (10.0 %) | 10 (10.0 %) | +0.0 points |
| Corrected by people | 5 (2.5 %) | 0 (0.0 %) | +2.5 points |
| Mean confidence | 90.0 % | 80.0 % | +10.0 points |

## Categories

| Category | Texts | Share | Before | Change | Change of share |
|---|---:|---:|---:|---:|---:|
| bug | 150 | 75.0 % | 50 | +200.0 % | +25.0 points |
| praise\\_ | 40 | 20.0 % | 40 | +0.0 % | -20.0 points |
| new\\|one | 10 | 5.0 % | 0 | new | +5.0 points |
| gone | 0 | 0.0 % | 10 | -100.0 % | -10.0 points |

## Spikes

- 2024-09-29: **bug**, 108 texts; the median of the days before is 7

Texts since then, not counted here: 3.
";
        assert_eq!(markdown(&current, &before, &days), expected);
    }

    #[test]
    fn changes_without_texts_are_dashes() {
        let nothing = Overview::default();
        let page = markdown(&nothing, &nothing, &[]);
        assert!(page.contains("| Texts | 0 | 0 | – |"), "{page}");
        assert!(page.contains("| Mean confidence | – | – | – |"), "{page}");
        assert!(page.contains("No texts in either period."), "{page}");
        assert!(page.contains("None."), "{page}");
        let some = overview(0, 0, 0.5, &[("bug", 4)]);
        let page = markdown(&some, &nothing, &[]);
        assert!(page.contains("| bug | 4 | 100.0 % | 0 | new | – |"), "{page}");
    }

    #[test]
    fn periods_are_adjacent() {
        let period = Period::weeks_before(TODAY, 2);
        assert_eq!((period.from, period.to), (TODAY - 14, TODAY));
        assert_eq!(
            period.before(),
            Period {
                from: TODAY - 28,
                to: TODAY - 14
            }
        );
        assert_eq!(
            period.with_past(),
            Period {
                from: TODAY - 42,
                to: TODAY
            }
        );
    }
}
