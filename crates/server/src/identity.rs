//! Who a caller is: tokens and passwords.

pub(crate) mod address_keys;
pub(crate) mod administrator;
pub(crate) mod bus_tokens;
pub(crate) mod callers;
pub(crate) mod changed_accounts;
mod digests;
pub(crate) mod factor_seal;
pub(crate) mod guessable;
pub(crate) mod hold_token;
mod hs256;
pub(crate) mod key_secrets;
pub(crate) mod mail_tokens;
pub(crate) mod passwords;
pub(crate) mod provider;
mod random_text;
pub(crate) mod recovery_codes;
pub(crate) mod refresh_tokens;
mod seal;
pub(crate) mod tokens;
pub(crate) mod totp;
pub(crate) mod unidentified;
