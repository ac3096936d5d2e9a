//! Personal values that stand without their row: what is looked up, and the phone of a seat that
//! ran out.

use std::borrow::Cow;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use domain::identity::{Identity, IdentityNumber};
use domain::passenger::Phone;
use domain::{Holder, RouteId};

use super::{IDENTITY_NUMBER, PASSPORT, PHONE, passport_text, row};
use crate::data_keys::{DataKeys, Unopened};
use crate::{KeyId, holder_columns};

/// In front of what is sealed inside a column of texts. No phone number begins with it.
const SEALED_MARK: char = '!';

impl DataKeys {
    /// Under which texts a phone number stands in `tickets`.
    pub fn phone_lookups(&self, phone: &Phone) -> Vec<String> {
        self.lookups(PHONE, phone.as_str())
    }

    /// Under which texts an identity number stands in `tickets`.
    pub fn identity_lookups(&self, number: &IdentityNumber) -> Vec<String> {
        self.lookups(IDENTITY_NUMBER, number.as_str())
    }

    /// Under which texts a document stands in `tickets`, in the column of its kind.
    pub fn document_lookups(&self, identity: &Identity) -> Vec<String> {
        match identity {
            Identity::Turkish(number) => self.identity_lookups(number),
            Identity::Passport(passport) => {
                let number = passport.number.as_str();
                let whole = passport_text(passport.country.as_str(), number);
                self.hashes(PASSPORT, &whole).chain([number.to_owned()]).collect()
            }
        }
    }

    /// An answer in `idempotency_keys`. It is sealed already, with the server's secret; with a data
    /// key it is sealed once more, so that nobody reads it without both.
    pub fn kept_answer_column<'a>(&self, id: KeyId, content: &'a [u8]) -> Cow<'a, [u8]> {
        if self.are_none() {
            return Cow::Borrowed(content);
        }
        self.seal(&key_row(id), content.to_vec()).map_or(Cow::Borrowed(content), Cow::Owned)
    }

    /// The answer that [`DataKeys::kept_answer_column`] has stored, or an earlier version.
    pub fn kept_answer(&self, id: KeyId, stored: Vec<u8>) -> Vec<u8> {
        self.open(&key_row(id), &stored).unwrap_or(stored)
    }

    /// The same answer under the key that encrypts now; `None`: it is already.
    pub fn kept_answer_again(&self, id: KeyId, stored: &[u8]) -> Option<Vec<u8>> {
        match self.open(&key_row(id), stored) {
            Ok(_) if self.is_sealed_now(Some(stored)) => None,
            Ok(content) => self.seal(&key_row(id), content),
            // From before there was a data key; or damaged, and then nobody opens it either way.
            Err(_) => self.seal(&key_row(id), stored.to_vec()),
        }
    }

    /// A phone number in `run_outs`, where it stands for an hour and is not looked up.
    pub fn run_out_phone<'a>(
        &self,
        route: RouteId,
        holder: Holder,
        phone: &'a Phone,
    ) -> Cow<'a, str> {
        let of = row("run_outs", &[route.0, holder_columns(holder).1]);
        match self.seal(&of, phone.as_str().as_bytes().to_vec()) {
            Some(sealed) => format!("{SEALED_MARK}{}", STANDARD_NO_PAD.encode(sealed)).into(),
            None => phone.as_str().into(),
        }
    }

    /// The number that [`DataKeys::run_out_phone`] has stored.
    pub fn phone_of_run_out(
        &self,
        route: RouteId,
        holder: Holder,
        stored: String,
    ) -> Result<Phone, Unopened> {
        let Some(sealed) = stored.strip_prefix(SEALED_MARK) else {
            return Ok(Phone::from_stored(stored));
        };
        let sealed = STANDARD_NO_PAD.decode(sealed).map_err(|_| Unopened::OtherRow)?;
        let plain = self.open(&row("run_outs", &[route.0, holder_columns(holder).1]), &sealed)?;
        String::from_utf8(plain).map(Phone::from_stored).map_err(|_| Unopened::OtherRow)
    }
}

fn key_row(id: KeyId) -> Vec<u8> {
    [b"idempotency_keys|", id.0.as_slice()].concat()
}
