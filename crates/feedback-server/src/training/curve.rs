//! The learning curves of a training, read from its `events.jsonl`.

use std::path::Path;

use serde::Deserialize;

/// Maximum number of points in the curve of the training loss; more points are averaged in groups.
const MAX_POINTS: usize = 200;

/// The learning curves of a training.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Curve {
    /// Epoch and training loss.
    pub(crate) train_loss: Vec<(f64, f64)>,
    /// The evaluations on the validation rows.
    pub(crate) validation: Vec<Validation>,
    /// Seconds per epoch since the training began or was resumed; `None` before the first step is logged.
    pub(crate) pace: Option<f64>,
    /// How far the training has come.
    pub(crate) epoch: f64,
}

impl Curve {
    /// Returns how many seconds are left of this number of epochs, if the rest is as fast.
    pub(crate) fn seconds_left(&self, epochs: usize) -> Option<f64> {
        let left = epochs as f64 - self.epoch;
        self.pace.map(|pace| left.max(0.0) * pace)
    }
}

/// The metrics of one evaluation on the validation rows.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Validation {
    pub(crate) epoch: f64,
    pub(crate) loss: f64,
    /// The share of the rows with the right label or, with any number of labels a text, with all labels right.
    pub(crate) accuracy: f64,
    pub(crate) weighted_f1: f64,
}

/// The fields of a log line that the curves need.
#[derive(Deserialize)]
struct Logged {
    event: Option<String>,
    kind: Option<String>,
    /// Seconds since 1970.
    time: Option<f64>,
    epoch: Option<Figure>,
    loss: Option<Figure>,
    #[serde(alias = "subset_accuracy")]
    accuracy: Option<Figure>,
    weighted_f1: Option<Figure>,
}

/// A number, or the name of a value that JSON cannot represent, such as `"NaN"`.
#[derive(Deserialize)]
#[serde(untagged)]
enum Figure {
    Number(f64),
    Name(String),
}

impl Figure {
    fn value(&self) -> f64 {
        match self {
            Self::Number(number) => *number,
            Self::Name(name) => name.parse().unwrap_or(f64::NAN),
        }
    }
}

/// Reads the curves from a log of events. Invalid lines are ignored, such as a last line that is still being written.
pub(crate) fn read_curve(events: &Path) -> Curve {
    // The file does not exist before the first event.
    let text = fs_err::read_to_string(events).unwrap_or_default();
    let mut curve = Curve::default();
    let mut begin = None;
    for line in text.lines() {
        let Ok(event) = serde_json::from_str::<Logged>(line) else {
            continue;
        };
        let number = |figure: &Option<Figure>| figure.as_ref().map(Figure::value);
        let finite = |figure| number(figure).filter(|number| number.is_finite());
        let here = finite(&event.epoch).zip(event.time);
        if event.event.as_deref() == Some("train_begin") {
            begin = here;
        }
        if let Some((epoch, time)) = here {
            curve.epoch = epoch;
            curve.pace = begin
                .filter(|(from, _)| epoch > *from)
                .map(|(from, since)| (time - since) / (epoch - from));
        }
        match (event.kind.as_deref(), finite(&event.epoch), finite(&event.loss)) {
            (Some("train"), Some(epoch), Some(loss)) => curve.train_loss.push((epoch, loss)),
            (Some("eval"), Some(epoch), Some(loss)) => curve.validation.push(Validation {
                epoch,
                loss,
                accuracy: number(&event.accuracy).unwrap_or(f64::NAN),
                weighted_f1: number(&event.weighted_f1).unwrap_or(f64::NAN),
            }),
            _ => {}
        }
    }
    curve.train_loss = averaged(&curve.train_loss);
    curve
}

fn averaged(points: &[(f64, f64)]) -> Vec<(f64, f64)> {
    let size = points.len().div_ceil(MAX_POINTS).max(1);
    points
        .chunks(size)
        .filter_map(|chunk| {
            let (epoch, _) = chunk.last()?;
            let mean = chunk.iter().map(|(_, loss)| loss).sum::<f64>() / chunk.len() as f64;
            Some((*epoch, mean))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn curves_are_read_from_events() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("events.jsonl");
        assert_eq!(read_curve(&path), Curve::default());
        let lines = "{\"event\":\"train_begin\",\"epoch\":0.0}\n\
                     {\"event\":\"log\",\"kind\":\"train\",\"epoch\":0.5,\"loss\":2.0}\n\
                     {\"event\":\"log\",\"kind\":\"eval\",\"epoch\":1.0,\"loss\":1.5,\"accuracy\":\"NaN\",\"weighted_f1\":0.4}\n\
                     {\"event\":\"log\",\"kind\":\"tra";
        fs_err::write(&path, lines).unwrap();
        let curve = read_curve(&path);
        assert_eq!(curve.train_loss, [(0.5, 2.0)]);
        assert_eq!(
            (curve.validation[0].weighted_f1, curve.validation.len()),
            (0.4, 1)
        );
        assert!(curve.validation[0].accuracy.is_nan());
    }

    #[test]
    fn the_time_left_is_that_of_the_epochs_since_the_training_was_resumed() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("events.jsonl");
        let begun = "{\"event\":\"train_begin\",\"epoch\":0.0,\"time\":100.0}\n";
        fs_err::write(&path, begun).unwrap();
        assert_eq!(read_curve(&path).seconds_left(4), None);
        let lines = "{\"event\":\"log\",\"kind\":\"train\",\"epoch\":0.5,\"loss\":2.0,\"time\":110.0}\n\
                     {\"event\":\"train_begin\",\"epoch\":0.5,\"time\":5000.0}\n\
                     {\"event\":\"log\",\"kind\":\"train\",\"epoch\":1.0,\"loss\":2.0,\"time\":5020.0}\n";
        fs_err::write(&path, format!("{begun}{lines}")).unwrap();
        // 20 s for half an epoch, and three epochs are left.
        assert_eq!(read_curve(&path).seconds_left(4), Some(120.0));
    }

    #[test]
    fn long_curves_are_averaged() {
        let points: Vec<(f64, f64)> = (0..1000).map(|at| (f64::from(at), 1.0)).collect();
        let drawn = averaged(&points);
        assert_eq!((drawn.len(), drawn[199]), (200, (999.0, 1.0)));
    }
}
