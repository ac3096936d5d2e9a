//! The page on which all of a list stands.

use crate::Page;

/// All of a list that a case has made.
pub const EVERYTHING: Page = Page { offset: 0, limit: 10_000 };
