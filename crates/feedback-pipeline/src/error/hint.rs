//! Suggestions that come with errors.

use std::borrow::Cow;

/// A sentence that says what to do next. It names settings as in the library, in backticks; a program replaces these names
/// with its flags.
pub type Hint = Cow<'static, str>;
