//! Measures with their levels and changes.

use serde::Serialize;

use crate::changes::{Change, Search};
use crate::measures::Measure;
use crate::sets::Level;
use crate::study::{Kind, Study, kind_of_measure};

/// A measure, in the file and in both periods.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Measured {
    /// The id by which changes by segment refer to it, such as `measure-1`.
    pub id: String,
    /// What it is called.
    pub name: String,
    /// What is computed.
    pub measure: Measure,
    /// The mean, score or share of all texts with a value.
    pub overall: Level,
    /// The change between the periods; `None` if it was not tested.
    pub change: Option<Change>,
}

impl Measured {
    pub(crate) fn kind(&self) -> Kind {
        kind_of_measure(self.measure.kind)
    }
}

/// The measures of which some text has a value.
pub(crate) fn measured(study: &Study<'_>, search: Option<&Search>) -> Vec<Measured> {
    let measured = |(number, measure): (usize, &Measure)| {
        let metric = &study.metrics[number];
        Some(Measured {
            id: metric.id.clone(),
            name: metric.name.clone(),
            measure: measure.clone(),
            overall: metric.level_of(0..metric.values.len(), &[])?,
            change: search.and_then(|search| search.change(study, number)),
        })
    };
    let first = study.metrics.len() - study.options.measures.len();
    (first..)
        .zip(&study.options.measures)
        .filter_map(measured)
        .collect()
}
