//! When two spellings mean the same city.
//!
//! The rule is contract.md, "Conventions": trimmed, Unicode case folding, `i ı I İ` one letter, and
//! `ç ğ ö ş ü` equal to `c g o s u`. A [`CityKey`] is what is compared and indexed; the spelling
//! that people typed is kept beside it and shown.

use std::fmt;

/// A city's name reduced to what matters when two are compared.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CityKey(String);

impl CityKey {
    pub fn new(name: &str) -> Self {
        let mut key = String::with_capacity(name.len());
        for c in name.trim().chars() {
            fold_into(c, &mut key);
        }
        Self(key)
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for CityKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.0, f)
    }
}

fn fold_into(c: char, key: &mut String) {
    if is_combining_mark(c) {
        return;
    }
    // Upper case first: full folding makes ß equal to SS and ς equal to Σ.
    for lower in c.to_uppercase().flat_map(char::to_lowercase) {
        match lower {
            'ı' | 'İ' => key.push('i'),
            'ç' => key.push('c'),
            'ğ' => key.push('g'),
            'ö' => key.push('o'),
            'ş' => key.push('s'),
            'ü' => key.push('u'),
            mark if is_combining_mark(mark) => {}
            other => key.push(other),
        }
    }
}

/// Drops the dot that lower-casing `İ` leaves behind, and makes decomposed input (`s` + cedilla, as
/// some phones send it) equal to composed input.
fn is_combining_mark(c: char) -> bool {
    ('\u{0300}'..='\u{036f}').contains(&c)
}

#[cfg(test)]
mod tests {
    use super::CityKey;

    #[test]
    fn spellings_of_one_city_are_equal() {
        for (a, b) in [
            ("İstanbul", "istanbul"),
            ("ISTANBUL", "istanbul"),
            ("ıstanbul", "  İSTANBUL "),
            ("Çanakkale", "canakkale"),
            ("IĞDIR", "ığdır"),
            ("Iğdır", "igdir"),
            ("Şanlıurfa", "SANLIURFA"),
            ("Gümüşhane", "gumushane"),
            ("Gu\u{0308}mu\u{0308}s\u{0327}hane", "Gümüşhane"),
            ("Straße", "STRASSE"),
            ("Σίσυφος", "ΣΊΣΥΦΟΣ"),
        ] {
            assert_eq!(CityKey::new(a), CityKey::new(b), "{a} / {b}");
        }
    }

    #[test]
    fn different_cities_stay_different() {
        for (a, b) in [("Ankara", "Antalya"), ("Van", "Van "), ("İzmir", "İzmit"), ("", "a")] {
            assert_eq!(CityKey::new(a) == CityKey::new(b), a.trim() == b.trim(), "{a} / {b}");
        }
    }
}
