use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use domain::identity::IdentityNumber;
use domain::passenger::Phone;
use domain::{Holder, RouteId};
use uuid::Uuid;

use super::*;
use crate::KeyId;

fn keys(byte: u8) -> DataKeys {
    let key = STANDARD.encode([byte; 32]);
    DataKeys::parse(&format!("k{byte}={key}")).unwrap()
}

fn plain() -> TicketColumns<'static> {
    TicketColumns {
        sealed: None,
        phone: "5321234567".into(),
        name: "Ayşe Yılmaz".into(),
        identity_number: Some("10000000146".into()),
        passport_number: None,
        passport_country: None,
    }
}

#[test]
fn a_ticket_is_sealed_whole_and_found_by_its_hashes() {
    let (keys, id) = (keys(1), TicketId(Uuid::from_u128(7)));
    let stored = keys.ticket_again(id, plain()).unwrap().unwrap();
    let phone = Phone::parse("5321234567").unwrap();
    let number = IdentityNumber::parse("10000000146").unwrap();
    assert_eq!(keys.phone_lookups(&phone)[0], stored.phone);
    assert_eq!(Some(keys.identity_lookups(&number)[0].as_str()), stored.identity_number.as_deref());
    assert_eq!(stored.name, "");
    assert!(keys.ticket_again(id, stored.clone()).unwrap().is_none(), "once is enough");
    let other = keys.ticket_person(TicketId(Uuid::from_u128(8)), stored.clone());
    assert_eq!(other.err(), Some(Unopened::OtherRow), "put into another ticket's row");
    let person = keys.ticket_person(id, stored).unwrap();
    assert_eq!((person.name.as_str(), person.phone), ("Ayşe Yılmaz", phone));
    assert_eq!(person.identity, Some(Identity::Turkish(number)));
}

/// As versions before wrote them: no hash of a passport, and none of an account's phone number.
#[test]
fn what_was_sealed_without_a_hash_is_sealed_again_with_one() {
    let (keys, id) = (keys(1), TicketId(Uuid::from_u128(7)));
    let number = |text: &'static str| Some(Cow::from(text));
    let passport = TicketColumns {
        identity_number: None,
        passport_number: number("U12345678"),
        passport_country: number("DEU"),
        ..plain()
    };
    let now = keys.ticket_again(id, passport).unwrap().unwrap();
    let before = TicketColumns { passport_number: None, ..now.clone() };
    let again = keys.ticket_again(id, before).unwrap().expect("it is sealed again");
    assert_eq!(again.passport_number, now.passport_number);
    let country = CountryCode::parse("DE").unwrap();
    let shown = Passport { number: PassportNumber::parse("U12345678").unwrap(), country };
    let lookups = keys.document_lookups(&Identity::Passport(shown));
    assert_eq!(Some(lookups[0].as_str()), now.passport_number.as_deref());
    assert!(keys.ticket_again(id, again).unwrap().is_none(), "once is enough");
    let nothing = TicketColumns { identity_number: None, ..plain() };
    let nothing = keys.ticket_again(id, nothing).unwrap().unwrap();
    assert!(keys.ticket_again(id, nothing).unwrap().is_none(), "there is nothing to be found by");

    let account = UserId(Uuid::from_u128(8));
    let user = |phone| UserColumns { first_name: "Ayşe".into(), phone, ..UserColumns::default() };
    let now = keys.user_again(account, user(number("5321234567"))).unwrap().unwrap();
    let before = UserColumns { phone: None, ..now.clone() };
    let again = keys.user_again(account, before).unwrap().expect("it is sealed again");
    assert_eq!((&again.phone, again.phone.is_some()), (&now.phone, true));
    assert!(keys.user_again(account, again).unwrap().is_none(), "once is enough");
    let nothing = keys.user_again(account, user(None)).unwrap().unwrap();
    assert!(keys.user_again(account, nothing).unwrap().is_none());
}

#[test]
fn without_a_key_a_row_is_stored_as_it_is_and_read_with_any() {
    let id = TicketId(Uuid::from_u128(7));
    assert!(DataKeys::default().ticket_again(id, plain()).unwrap().is_none());
    assert_eq!(keys(1).ticket_person(id, plain()).unwrap().name, "Ayşe Yılmaz");
}

#[test]
fn a_phone_number_that_ran_out_belongs_to_its_seat() {
    let (keys, route) = (keys(1), RouteId(Uuid::from_u128(1)));
    let holder = |number| Holder::Ticket(TicketId(Uuid::from_u128(number)));
    let phone = Phone::parse("5321234567").unwrap();
    let stored = keys.run_out_phone(route, holder(1), &phone).into_owned();
    assert!(!stored.contains("5321"));
    assert_eq!(keys.phone_of_run_out(route, holder(1), stored.clone()), Ok(phone.clone()));
    assert!(keys.phone_of_run_out(route, holder(2), stored).is_err());
    let before = keys.phone_of_run_out(route, holder(1), "5321234567".to_owned());
    assert_eq!(before, Ok(phone));
}

#[test]
fn a_kept_answer_is_sealed_for_its_key_and_read_without_one_too() {
    let (old, both) = (keys(1), {
        let named = |byte| format!("k{byte}={}", STANDARD.encode([byte; 32]));
        DataKeys::parse(&format!("{},{}", named(2), named(1))).unwrap()
    });
    let (id, content) = (KeyId([7; 32]), b"what the server's secret has sealed".to_vec());
    let none = DataKeys::default();
    assert_eq!(&*none.kept_answer_column(id, &content), content);
    assert_eq!(none.kept_answer_again(id, &content), None);
    let stored = old.kept_answer_column(id, &content).into_owned();
    assert!(!stored.windows(content.len()).any(|part| part == content));
    assert_ne!(old.kept_answer(KeyId([8; 32]), stored.clone()), content, "another key's row");
    assert_eq!(old.kept_answer_again(id, &stored), None, "once is enough");
    for before in [content.clone(), stored] {
        assert_eq!(both.kept_answer(id, before.clone()), content);
        let again = both.kept_answer_again(id, &before).expect("it is sealed again");
        assert_eq!(keys(2).kept_answer(id, again), content);
    }
}
