//! When two spellings mean the same city.
//!
//! The rule is contract.md, "Conventions": trimmed, Unicode case folding, `i ı I İ` one letter, and
//! `ç ğ ö ş ü` equal to `c g o s u`; so are other letters with and without their marks, as
//! `Hakkâri` is mostly written Hakkari. A run of blanks counts as one, and characters that are not
//! shown do not count. A [`CityKey`] is what is compared and indexed; the spelling that people
//! typed is kept beside it and shown.

use std::fmt;

use unicode_normalization::UnicodeNormalization as _;

use crate::visible::{plain, single_blanks};

/// A city's name reduced to what counts in a comparison.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CityKey(String);

impl CityKey {
    pub fn new(name: &str) -> Self {
        // Marks apart from their letters, so that they can be left out.
        let plain = plain(name);
        let letters = plain.nfkd().filter(|c| !is_combining_mark(*c)).collect::<String>();
        // Lower, upper, lower: full folding makes ß and ẞ equal to SS, and ς equal to Σ.
        let upper = letters.to_lowercase().to_uppercase();
        let folded = upper.chars().flat_map(char::to_lowercase);
        let folded = folded.map(|c| if c == 'ı' { 'i' } else { c });
        // Case mapping may have composed letters again, and a mark may have stood on a blank.
        let key: String = folded.nfkd().filter(|c| !is_combining_mark(*c)).collect();
        Self(single_blanks(&key))
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

/// The marks of Latin, Greek and Cyrillic letters, the dot of `İ` among them.
fn is_combining_mark(c: char) -> bool {
    // The iota below a Greek letter is a letter in capitals.
    ('\u{300}'..='\u{36f}').contains(&c) && c != '\u{345}'
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
            ("STRAẞE", "strasse"),
            ("Hakkâri", "Hakkari"),
            ("Hakka\u{302}ri", "HAKKÂRİ"),
            ("Yeni  Şehir", "yeni şehir"),
            ("Yeni\u{a0}Şehir", "Yeni \u{200b}Şehir\u{feff}"),
            ("Ank\u{ad}ara\u{3164}", "Ａｎｋａｒａ"),
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

    proptest::proptest! {
        #[test]
        fn a_key_is_its_own_key(name in ".{0,16}") {
            let key = CityKey::new(&name);
            proptest::prop_assert_eq!(CityKey::new(key.as_str()), key);
        }

        #[test]
        fn a_name_as_it_is_kept_has_the_key_of_what_was_typed(typed in ".{0,16}") {
            if let Ok(kept) = crate::field::name(&typed) {
                proptest::prop_assert_eq!(CityKey::new(&kept), CityKey::new(&typed));
                let shouted = kept.to_uppercase();
                proptest::prop_assert_eq!(CityKey::new(&shouted), CityKey::new(&typed));
            }
        }
    }
}
