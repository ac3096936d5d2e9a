//! Who somebody is: tokens and passwords.

pub(crate) mod administrator;
pub(crate) mod changed_accounts;
mod hs256;
pub(crate) mod passwords;
pub(crate) mod tokens;
