//! Suggestions that come with errors.

use std::borrow::Cow;

/// What to do next, in a sentence. Settings have their names in the library, in backticks; a program turns them into
/// its flags.
pub type Hint = Cow<'static, str>;
