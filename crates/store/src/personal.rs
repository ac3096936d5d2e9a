//! Personal values of a row, as a driver stores them: the one place that says what is personal.
//!
//! With a data key all of a row's values are sealed together into one column, `sealed`; a value
//! that is looked up stands as a keyed hash in the column that has the index, and the other columns
//! are empty. Without `sealed` the columns hold the values themselves: rows from before there was a
//! key are read as they are.

mod alone;

use std::borrow::Cow;
use std::fmt;

use domain::identity::{CountryCode, Identity, IdentityNumber, Passport, PassportNumber};
use domain::passenger::Phone;
use domain::{Booking, BookingId, Contact, Ticket, TicketId, User, UserId};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::data_keys::{DataKeys, Unopened};

const PHONE: &str = "phone";
const IDENTITY_NUMBER: &str = "identity_number";
const PASSPORT: &str = "passport";

/// Of `tickets`.
#[derive(Clone, Default)]
pub struct TicketColumns<'a> {
    /// All of them together, if the row is encrypted.
    pub sealed: Option<Vec<u8>>,
    /// The number, or its keyed hash.
    pub phone: Cow<'a, str>,
    /// Empty where the row is encrypted.
    pub name: Cow<'a, str>,
    /// The number, or its keyed hash.
    pub identity_number: Option<Cow<'a, str>>,
    /// The number, or the keyed hash of it with its country.
    pub passport_number: Option<Cow<'a, str>>,
    /// The code of the country that gave it. None where the row is encrypted.
    pub passport_country: Option<Cow<'a, str>>,
}

/// Of `bookings`.
#[derive(Clone, Default)]
pub struct ContactColumns<'a> {
    /// All of them together, if the row is encrypted.
    pub sealed: Option<Vec<u8>>,
    /// The number, or its keyed hash.
    pub phone: Cow<'a, str>,
    /// Empty where the row is encrypted.
    pub name: Option<Cow<'a, str>>,
    /// None where the row is encrypted.
    pub email: Option<Cow<'a, str>>,
}

/// Of `users`. The e-mail address is what an account is known by, and stays.
#[derive(Clone, Default)]
pub struct UserColumns<'a> {
    /// All of them together, if the row is encrypted.
    pub sealed: Option<Vec<u8>>,
    /// Empty where the row is encrypted.
    pub first_name: Cow<'a, str>,
    /// Empty where the row is encrypted.
    pub last_name: Cow<'a, str>,
    /// The number, or its keyed hash.
    pub phone: Option<Cow<'a, str>>,
}

/// Who a ticket is for.
pub struct TicketPerson {
    /// As it was given.
    pub name: String,
    /// The contact's.
    pub phone: Phone,
    /// The document, if there is one.
    pub identity: Option<Identity>,
}

/// What is sealed. One shape for all tables; a row is bound to its table by [`row`].
#[derive(Default, Serialize, Deserialize)]
struct Person<'a> {
    #[serde(rename = "n", default, skip_serializing_if = "Option::is_none")]
    name: Option<Cow<'a, str>>,
    #[serde(rename = "l", default, skip_serializing_if = "Option::is_none")]
    last_name: Option<Cow<'a, str>>,
    #[serde(rename = "p", default, skip_serializing_if = "Option::is_none")]
    phone: Option<Cow<'a, str>>,
    #[serde(rename = "e", default, skip_serializing_if = "Option::is_none")]
    email: Option<Cow<'a, str>>,
    #[serde(rename = "i", default, skip_serializing_if = "Option::is_none")]
    identity_number: Option<Cow<'a, str>>,
    #[serde(rename = "d", default, skip_serializing_if = "Option::is_none")]
    passport_number: Option<Cow<'a, str>>,
    #[serde(rename = "c", default, skip_serializing_if = "Option::is_none")]
    passport_country: Option<Cow<'a, str>>,
}

macro_rules! not_shown {
    ($($name:ident)*) => {
        $(impl fmt::Debug for $name<'_> {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(concat!(stringify!($name), "(…)"))
            }
        })*
    };
}

not_shown!(TicketColumns ContactColumns UserColumns);

impl fmt::Debug for TicketPerson {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("TicketPerson(…)")
    }
}

/// Whether nothing is left that could be encrypted.
fn is_forgotten(of: &TicketColumns<'_>) -> bool {
    of.sealed.is_none() && of.phone.is_empty() && of.name.is_empty() && of.identity_number.is_none()
}

fn is_erased(of: &UserColumns<'_>) -> bool {
    of.sealed.is_none() && of.first_name.is_empty() && of.last_name.is_empty() && of.phone.is_none()
}

/// A number counts together with its country: two countries may give the same number.
fn passport_text(country: &str, number: &str) -> String {
    format!("{country}|{number}")
}

/// Which row of which table.
fn row(table: &str, ids: &[Uuid]) -> Vec<u8> {
    let ids = ids.iter().flat_map(|id| id.into_bytes());
    table.bytes().chain([b'|']).chain(ids).collect()
}

impl DataKeys {
    fn seal_person(&self, row: &[u8], person: &Person<'_>) -> Option<Vec<u8>> {
        if self.are_none() {
            return None;
        }
        let Ok(json) = serde_json::to_vec(person) else {
            unreachable!("texts are JSON, and they are written into memory")
        };
        self.seal(row, json)
    }

    fn open_person(&self, row: &[u8], sealed: &[u8]) -> Result<Person<'static>, Unopened> {
        let json = self.open(row, sealed)?;
        serde_json::from_slice(&json).map_err(|_| Unopened::OtherRow)
    }

    /// What is to be stored of a ticket.
    pub fn ticket_columns<'a>(&self, ticket: &'a Ticket) -> TicketColumns<'a> {
        let text = |text: &'a str| Cow::Borrowed(text);
        let passport = ticket.passenger.passport();
        let plain = TicketColumns {
            sealed: None,
            phone: text(ticket.phone.as_str()),
            name: text(&ticket.passenger.name),
            identity_number: ticket.passenger.identity_number().map(|it| text(it.as_str())),
            passport_number: passport.map(|it| text(it.number.as_str())),
            passport_country: passport.map(|it| text(it.country.as_str())),
        };
        self.sealed_ticket(ticket.id, plain)
    }

    /// The columns' values, sealed with the key that encrypts now.
    fn sealed_ticket<'a>(&self, id: TicketId, plain: TicketColumns<'a>) -> TicketColumns<'a> {
        if is_forgotten(&plain) {
            return plain;
        }
        let person = Person {
            name: Some(plain.name.clone()),
            phone: Some(plain.phone.clone()),
            identity_number: plain.identity_number.clone(),
            passport_number: plain.passport_number.clone(),
            passport_country: plain.passport_country.clone(),
            ..Person::default()
        };
        let Some(sealed) = self.seal_person(&row("tickets", &[id.0]), &person) else {
            return plain;
        };
        let hash = |column, value: &str| self.lookup(column, value).map(Cow::Owned);
        TicketColumns {
            sealed: Some(sealed),
            phone: hash(PHONE, &plain.phone).unwrap_or_default(),
            name: Cow::default(),
            identity_number: plain
                .identity_number
                .and_then(|number| hash(IDENTITY_NUMBER, &number)),
            passport_number: plain.passport_number.and_then(|number| {
                let country = plain.passport_country.unwrap_or_default();
                hash(PASSPORT, &passport_text(&country, &number))
            }),
            passport_country: None,
        }
    }

    fn opened_ticket<'a>(
        &self,
        id: TicketId,
        columns: TicketColumns<'a>,
    ) -> Result<TicketColumns<'a>, Unopened> {
        let Some(sealed) = &columns.sealed else { return Ok(columns) };
        let person = self.open_person(&row("tickets", &[id.0]), sealed)?;
        Ok(TicketColumns {
            sealed: None,
            phone: person.phone.unwrap_or_default(),
            name: person.name.unwrap_or_default(),
            identity_number: person.identity_number,
            passport_number: person.passport_number,
            passport_country: person.passport_country,
        })
    }

    /// Who a ticket is for, from its row.
    pub fn ticket_person(
        &self,
        id: TicketId,
        columns: TicketColumns<'_>,
    ) -> Result<TicketPerson, Unopened> {
        let opened = self.opened_ticket(id, columns)?;
        // A ticket has an identity number or a passport, or neither.
        let identity = match (opened.identity_number, opened.passport_number) {
            (Some(number), _) => {
                Some(Identity::Turkish(IdentityNumber::from_stored(number.into_owned())))
            }
            (None, Some(number)) => {
                let country = opened.passport_country.unwrap_or_default();
                let country = CountryCode::parse(&country).map_err(|_| Unopened::OtherRow)?;
                let number = PassportNumber::from_stored(number.into_owned());
                Some(Identity::Passport(Passport { number, country }))
            }
            (None, None) => None,
        };
        let phone = Phone::from_stored(opened.phone.into_owned());
        Ok(TicketPerson { name: opened.name.into_owned(), phone, identity })
    }

    /// The same row under the key that encrypts now; `None`: it is already.
    pub fn ticket_again<'a>(
        &self,
        id: TicketId,
        columns: TicketColumns<'a>,
    ) -> Result<Option<TicketColumns<'a>>, Unopened> {
        // An earlier version kept no hash of a passport.
        let is_found = columns.identity_number.is_some() || columns.passport_number.is_some();
        let is_sealed_now = self.is_sealed_now(columns.sealed.as_deref());
        if is_forgotten(&columns) || (is_sealed_now && is_found) {
            return Ok(None);
        }
        let opened = self.opened_ticket(id, columns)?;
        if is_sealed_now && opened.passport_number.is_none() {
            return Ok(None);
        }
        Ok(Some(self.sealed_ticket(id, opened)))
    }

    /// What is to be stored of a booking.
    pub fn contact_columns<'a>(&self, booking: &'a Booking) -> ContactColumns<'a> {
        let Contact { name, phone, email } = &booking.contact;
        let plain = ContactColumns {
            sealed: None,
            phone: Cow::Borrowed(phone.as_str()),
            name: name.as_deref().map(Cow::Borrowed),
            email: email.as_deref().map(Cow::Borrowed),
        };
        self.sealed_contact(booking.id, plain)
    }

    fn sealed_contact<'a>(&self, id: BookingId, plain: ContactColumns<'a>) -> ContactColumns<'a> {
        if plain.phone.is_empty() {
            return plain;
        }
        let person = Person {
            name: plain.name.clone(),
            phone: Some(plain.phone.clone()),
            email: plain.email.clone(),
            ..Person::default()
        };
        match self.seal_person(&row("bookings", &[id.0]), &person) {
            Some(sealed) => ContactColumns { sealed: Some(sealed), ..ContactColumns::default() },
            None => plain,
        }
    }

    fn opened_contact<'a>(
        &self,
        id: BookingId,
        columns: ContactColumns<'a>,
    ) -> Result<ContactColumns<'a>, Unopened> {
        let Some(sealed) = &columns.sealed else { return Ok(columns) };
        let person = self.open_person(&row("bookings", &[id.0]), sealed)?;
        let phone = person.phone.unwrap_or_default();
        Ok(ContactColumns { sealed: None, phone, name: person.name, email: person.email })
    }

    /// Who booked, from the row of the booking.
    pub fn contact(&self, id: BookingId, columns: ContactColumns<'_>) -> Result<Contact, Unopened> {
        let opened = self.opened_contact(id, columns)?;
        Ok(Contact {
            name: opened.name.map(Cow::into_owned),
            phone: Phone::from_stored(opened.phone.into_owned()),
            email: opened.email.map(Cow::into_owned),
        })
    }

    /// As [`DataKeys::ticket_again`].
    pub fn contact_again<'a>(
        &self,
        id: BookingId,
        columns: ContactColumns<'a>,
    ) -> Result<Option<ContactColumns<'a>>, Unopened> {
        let is_forgotten = columns.sealed.is_none() && columns.phone.is_empty();
        if self.is_sealed_now(columns.sealed.as_deref()) || is_forgotten {
            return Ok(None);
        }
        let opened = self.opened_contact(id, columns)?;
        Ok(Some(self.sealed_contact(id, opened)))
    }

    /// What is to be stored of an account.
    pub fn user_columns<'a>(&self, user: &'a User) -> UserColumns<'a> {
        let plain = UserColumns {
            sealed: None,
            first_name: Cow::Borrowed(&user.first_name),
            last_name: Cow::Borrowed(&user.last_name),
            phone: user.phone.as_deref().map(Cow::Borrowed),
        };
        self.sealed_user(user.id, plain)
    }

    fn sealed_user<'a>(&self, id: UserId, plain: UserColumns<'a>) -> UserColumns<'a> {
        if is_erased(&plain) {
            return plain;
        }
        let person = Person {
            name: Some(plain.first_name.clone()),
            last_name: Some(plain.last_name.clone()),
            phone: plain.phone.clone(),
            ..Person::default()
        };
        match self.seal_person(&row("users", &[id.0]), &person) {
            Some(sealed) => UserColumns {
                sealed: Some(sealed),
                phone: plain.phone.and_then(|phone| self.lookup(PHONE, &phone)).map(Cow::Owned),
                ..UserColumns::default()
            },
            None => plain,
        }
    }

    /// The names and the phone number of an account.
    pub fn user_person<'a>(
        &self,
        id: UserId,
        columns: UserColumns<'a>,
    ) -> Result<UserColumns<'a>, Unopened> {
        let Some(sealed) = &columns.sealed else { return Ok(columns) };
        let person = self.open_person(&row("users", &[id.0]), sealed)?;
        Ok(UserColumns {
            sealed: None,
            first_name: person.name.unwrap_or_default(),
            last_name: person.last_name.unwrap_or_default(),
            phone: person.phone,
        })
    }

    /// As [`DataKeys::ticket_again`].
    pub fn user_again<'a>(
        &self,
        id: UserId,
        columns: UserColumns<'a>,
    ) -> Result<Option<UserColumns<'a>>, Unopened> {
        // An earlier version kept no hash of the phone number.
        let is_found = columns.phone.is_some();
        let is_sealed_now = self.is_sealed_now(columns.sealed.as_deref());
        if is_erased(&columns) || (is_sealed_now && is_found) {
            return Ok(None);
        }
        let opened = self.user_person(id, columns)?;
        if is_sealed_now && opened.phone.is_none() {
            return Ok(None);
        }
        Ok(Some(self.sealed_user(id, opened)))
    }
}

#[cfg(test)]
mod tests;
