//! Times in filters, and filters for the texts behind a column of a chart.

use crate::clock::{DAY_MS, day_name, parse};
use crate::labels::NO_LABEL;
use crate::problem::{Problem, ServiceResult};
use crate::services::breakdown::By;
use crate::services::history::{HistoryQuery, NO_VALUE};
use crate::services::periods::{PERIODS, range};
use feedback_store::Dimension;

impl HistoryQuery {
    /// Returns this filter for the texts with a label, by the name that pages show.
    pub(crate) fn of_label(&self, name: &str) -> Self {
        let label = if name == NO_LABEL { NO_VALUE } else { name };
        Self {
            label: label.to_owned(),
            ..self.clone()
        }
    }

    /// Returns this filter for the texts of a source.
    pub(crate) fn of_source(&self, source: &str) -> Self {
        Self {
            source: source.to_owned(),
            ..self.clone()
        }
    }

    /// Returns this filter for the texts with a value of what was counted by, as [`By`] has it; an empty value stands for those without one.
    pub(crate) fn of_value(&self, by: &By, value: &str) -> Self {
        let mut query = self.clone();
        let value = if value.is_empty() { NO_VALUE } else { value }.to_owned();
        match by {
            By::Category => query.label = value,
            By::Theme => query.theme = value,
            By::Of(Dimension::Source) => query.source = value,
            By::Of(Dimension::Field(name)) => drop(query.field.insert(name.clone(), value)),
            By::Of(Dimension::Answer(question)) => drop(query.answer.insert(question.clone(), value)),
        }
        query
    }

    /// Returns this filter for the texts of these days since 1970, from the first to the last; bounds that the filter has stay where they are
    /// narrower.
    pub(crate) fn within(&self, [first, last]: [i64; 2]) -> Self {
        let mut query = self.clone();
        if time("from", &self.from)
            .ok()
            .flatten()
            .is_none_or(|from| from < first * DAY_MS)
        {
            query.from = day_name(first);
        }
        let end = time("to", &self.to).ok().flatten();
        let end = end.map(|to| if self.to.len() == 10 { to + DAY_MS } else { to });
        if end.is_none_or(|end| end > (last + 1) * DAY_MS) {
            query.to = day_name(last);
        }
        query
    }

    /// Returns the first time of the filter, and the one after the last.
    pub(super) fn times(&self, now: i64) -> ServiceResult<(Option<i64>, Option<i64>)> {
        let from = time("from", &self.from)?;
        let to = time("to", &self.to)?.map(|to| if self.to.len() == 10 { to + DAY_MS } else { to });
        if let (Some(first), Some(end)) = (from, to)
            && first >= end
        {
            let detail = format!(
                "no time is both from {} on and before {}: `from` must be before `to`",
                self.from, self.to
            );
            return Err(Problem::invalid(detail));
        }
        if self.period.is_empty() {
            return Ok((from, to));
        }
        let names = || PERIODS.map(|(name, _)| name).join(", ");
        let (first, end) = range(&self.period, now)
            .ok_or_else(|| Problem::invalid(format!("`period` must be one of: {}", names())))?;
        Ok((
            Some(from.map_or(first, |from| from.max(first))),
            Some(to.map_or(end, |to| to.min(end))),
        ))
    }
}

fn time(name: &str, value: &str) -> ServiceResult<Option<i64>> {
    if value.is_empty() {
        return Ok(None);
    }
    let time = parse(value);
    time.map(Some)
        .ok_or_else(|| Problem::invalid(format!("`{name}` must be a date or time such as 2025-03-01")))
}
