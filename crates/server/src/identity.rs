//! Who somebody is: tokens and passwords.

pub(crate) mod passwords;
pub(crate) mod tokens;
