#![doc = include_str!("../README.md")]
//!
//! # Where to start
//!
//! [`inspect()`](inspect()) reads a file and reports what it found as an [`Inspection`]. [`InspectOptions`] request the slower checks and
//! other files to compare with. With [`FixOptions`], it writes a repaired copy.

pub mod confident_learning;
mod dates;
pub mod diff;
mod differences;
mod duplicates;
mod error;
mod findings;
mod fix;
mod inspect;
mod label_errors;
mod labels;
mod leaks;
mod mapping;
mod options;
mod out_of_fold;
mod probabilities;

pub use error::{Error, Result};
pub use findings::{
    BadRowFinding, ChangedRow, CleaningExample, CleaningFinding, ConflictFinding, ConflictSide, DateHealth,
    DiffFinding, DuplicateCounts, DuplicateHealth, FieldChange, FixSummary, Inspection, LabelErrorFinding,
    LabelErrorRow, LabelHealth, LeakFinding, LeakPair, PersonalHealth, RowHealth, SeveralLabelsFinding,
    VariantFinding,
};
pub use fix::{DropDuplicates, Fix, FixOptions};
pub use inspect::inspect;
pub use mapping::{MappingFinding, ShownRow};
pub use options::{InspectOptions, LabelErrors};
pub use out_of_fold::{OutOfFold, out_of_fold_probabilities};
