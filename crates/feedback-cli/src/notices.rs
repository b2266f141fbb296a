//! What is said on the way, by one training and by many alike.

use feedback_pipeline::PreparedData;
use feedback_trainer::Damaged;

use crate::cli::say;

/// What is wrong with the data, or was.
pub fn data_troubles(data: &PreparedData) {
    set_aside(data.set_aside);
    if data.dropped > 0 {
        say(format_args!(
            "{} rows of training and validation dropped: their texts stand in validation or test",
            data.dropped
        ));
    }
    if data.near_leaked > 0 {
        say(format_args!(
            "{} held-out texts are nearly the same as a training text",
            data.near_leaked
        ));
    }
    if data.leaked > 0 {
        say(format_args!(
            "warning: {} held-out texts stand in training or in validation; every score will be too good",
            data.leaked
        ));
    }
}

/// How many rows were left out, if any.
pub fn set_aside(rows: usize) {
    if rows > 0 {
        say(format_args!("{rows} rows could not be used and were left out"));
    }
}

/// A checkpoint that cannot be trusted.
pub fn damaged(damaged: &Damaged) {
    say(format_args!(
        "damaged checkpoint set aside as {}: {}",
        damaged.moved_to.display(),
        damaged.reason
    ));
}
