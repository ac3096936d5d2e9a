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
use crate::holder_columns;

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
