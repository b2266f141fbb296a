//! Batches: files that are uploaded, classified in the background, and downloaded with the results.

mod converted;
mod dates;
mod ending;
mod export;
mod given;
mod lines;

mod reading;
mod rows;
mod runner;
mod segments;
mod set_aside;
mod unpack;
mod upload;

pub(crate) use export::{LabelFields, RESULT_FIELDS, content_type, export};
pub(crate) use given::names as label_names;
pub(crate) use lines::{lines_beside, remove_upload};
pub(crate) use reading::Reading;
pub(crate) use runner::Batches;
pub(crate) use set_aside::{Chosen, SetAside, set_aside};
pub(crate) use unpack::{Unpacked, unpack};
pub(crate) use upload::{Inspection, MAX_COLUMNS, data_reason, inspect, look_at, options as read_options};
