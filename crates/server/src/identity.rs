//! Who somebody is: tokens and passwords.

mod hs256;
pub(crate) mod passwords;
pub(crate) mod tokens;
