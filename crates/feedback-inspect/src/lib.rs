//! Checks the quality of a labelled text file, and writes a repaired copy on request.
//!
//! [`inspect()`](inspect()) reads a file and reports its classes, text lengths, duplicates, conflicting labels, personal data and
//! languages. On request, it also reports texts shared with other files, likely wrong labels, and the changes since an older
//! version. With [`FixOptions`], it writes a repaired copy; the input is not changed.
//!
//! # Examples
//!
//! ```
//! use std::io::Write;
//! use feedback_dataset::read::ReadOptions;
//! use feedback_inspect::{InspectOptions, inspect};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let folder = tempfile::tempdir()?;
//! let path = folder.path().join("feedback.jsonl");
//! let mut file = std::fs::File::create(&path)?;
//! writeln!(file, r#"{{"text": "It crashes on start", "label": "bug"}}"#)?;
//! writeln!(file, r#"{{"text": "it crashes on start!", "label": "praise"}}"#)?;
//! writeln!(file, r#"{{"text": "I love the new look", "label": "praise"}}"#)?;
//!
//! let found = inspect(&path, &InspectOptions::new(ReadOptions::default()))?;
//! assert_eq!(found.rows.usable, 3);
//! assert_eq!((found.duplicates.exact.rows, found.duplicates.normalised.rows), (0, 2));
//! assert_eq!(found.conflicts[0].labels[1].lines, [2]);
//! # Ok(())
//! # }
//! ```

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
