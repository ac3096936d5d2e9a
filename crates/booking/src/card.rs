//! A payment card on its way to the provider. It is never stored, logged or shown.

use std::fmt;

use domain::field::{FieldErrors, name};
use jiff::civil::Date;

#[derive(Clone)]
pub struct Card {
    pub holder_name: String,
    /// Digits only.
    pub number: String,
    pub expire_month: u8,
    pub expire_year: u16,
    pub cvc: String,
}

impl fmt::Debug for Card {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Card(…)")
    }
}

/// The raw words of a card form.
#[derive(Clone, Copy)]
pub struct CardForm<'a> {
    pub holder_name: &'a str,
    pub number: &'a str,
    pub expire_month: &'a str,
    pub expire_year: &'a str,
    pub cvc: &'a str,
}

impl fmt::Debug for CardForm<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("CardForm(…)")
    }
}

impl CardForm<'_> {
    /// Checks the shape, all fields at once. Only the provider knows whether the card is good.
    pub fn check(&self, today: Date) -> Result<Card, FieldErrors> {
        let mut errors = FieldErrors::default();
        let holder_name = errors.check("/cardHolderName", name(self.holder_name));
        let number: String =
            self.number.chars().filter(|c| !c.is_whitespace() && *c != '-').collect();
        if !digits(&number, 12..=19) {
            errors.push("/cardNumber", "must be a card number of 12 to 19 digits");
        }
        if !digits(self.cvc.trim(), 3..=4) {
            errors.push("/cvc", "must have 3 or 4 digits");
        }
        let month = small(self.expire_month).filter(|month| (1..=12).contains(month));
        if month.is_none() {
            errors.push("/expireMonth", "must be a month between 1 and 12");
        }
        let year = small(self.expire_year)
            .map(|year| if year < 100 { 2000 + year } else { year })
            .filter(|year| (2000..=2199).contains(year));
        if year.is_none() {
            errors.push("/expireYear", "must be a year of two or four digits");
        }
        if let (Some(year), Some(month)) = (year, month)
            && (i32::from(year), i32::from(month))
                < (i32::from(today.year()), i32::from(today.month()))
        {
            errors.push("/expireYear", "the card has expired");
        }
        match (holder_name, year, month.and_then(|month| u8::try_from(month).ok())) {
            (Some(holder_name), Some(expire_year), Some(expire_month)) if errors.is_empty() => {
                let cvc = self.cvc.trim().to_owned();
                Ok(Card { holder_name, number, expire_month, expire_year, cvc })
            }
            _ => Err(errors),
        }
    }
}

fn digits(text: &str, length: std::ops::RangeInclusive<usize>) -> bool {
    length.contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit())
}

fn small(text: &str) -> Option<u16> {
    Some(text.trim()).filter(|text| digits(text, 1..=4)).and_then(|text| text.parse().ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: CardForm<'static> = CardForm {
        holder_name: "Ayşe Yılmaz",
        number: "5528 7900 0000 0008",
        expire_month: "12",
        expire_year: "30",
        cvc: "123",
    };

    fn faults(form: CardForm<'_>) -> Vec<String> {
        let errors = form.check(jiff::civil::date(2026, 12, 1)).err().unwrap_or_default();
        errors.iter().map(|error| error.pointer.clone()).collect()
    }

    #[test]
    fn forms() {
        assert_eq!(faults(GOOD), [""; 0]);
        assert_eq!(faults(CardForm { expire_month: "12", expire_year: "2026", ..GOOD }), [""; 0]);
        assert_eq!(
            faults(CardForm { expire_month: "11", expire_year: "2026", ..GOOD }),
            ["/expireYear"]
        );
        assert_eq!(faults(CardForm { number: "4111", ..GOOD }), ["/cardNumber"]);
        assert_eq!(faults(CardForm { expire_month: "13", ..GOOD }), ["/expireMonth"]);
        let bad = CardForm {
            holder_name: "",
            number: "x",
            expire_month: "",
            expire_year: "-1",
            cvc: "12345",
        };
        assert_eq!(faults(bad).len(), 5);
    }

    #[test]
    fn a_card_does_not_print() {
        let card = GOOD.check(jiff::civil::date(2026, 12, 1)).unwrap();
        let shown = format!("{card:?} {GOOD:?}");
        assert!(!shown.contains("5528") && !shown.contains("123"), "{shown}");
    }
}
