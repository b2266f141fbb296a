//! Files of one table in many dialects, for the tests of readers: format, encoding, delimiter, quoting, line end, container.
//!
//! The writers share no code with the readers of this workspace. [`Dialect::all`] has every combination;
//! [`Dialect::fitted`] leaves out of a table what a dialect cannot express.
//!
//! ```
//! use feedback_testkit::dialects::{Dialect, Table};
//!
//! let table = Table::known();
//! for dialect in Dialect::all() {
//!     let table = dialect.fitted(&table);
//!     assert!(!dialect.write(&table).is_empty(), "{dialect}");
//! }
//! ```

mod columnar;
mod container;
mod delimited;
mod dialect;
mod encoding;
mod json;
mod ods;
mod table;
mod xlsx;

pub use columnar::{Columnar, Compressed};
pub use container::Packed;
pub use delimited::{Above, Delimited, LineEnd, Quoting};
pub use dialect::{Dialect, Rows};
pub use encoding::Charset;
pub use json::{Json, Layout};
pub use ods::Ods;
pub use table::{Cell, Table, same_value};
pub use xlsx::Xlsx;
