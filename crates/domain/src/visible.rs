//! What can be seen of a text, and the form in which two texts that look alike are one.
//!
//! The tables are Unicode's own (UAX #15 for the forms, UAX #44 for categories, UTS #39 for what is
//! ignored when shown). Nothing here knows what a text means.

use unicode_normalization::UnicodeNormalization as _;
use unicode_properties::{GeneralCategory, GeneralCategoryGroup, UnicodeGeneralCategory as _};
use unicode_security::GeneralSecurityProfile as _;
use unicode_security::general_security_profile::IdentifierType;

/// The form in which spellings are compared: without what is not shown, with full-width and other
/// compatibility letters as the plain ones, with single blanks and none at the ends.
pub(crate) fn plain(text: &str) -> String {
    let shown: String = text.chars().filter(|c| !is_ignorable(*c)).nfkc().collect();
    single_blanks(&shown)
}

/// Runs of white space of any kind as one blank, none at the ends.
pub(crate) fn single_blanks(text: &str) -> String {
    let mut single = String::with_capacity(text.len());
    for word in text.split_whitespace() {
        if !single.is_empty() {
            single.push(' ');
        }
        single.push_str(word);
    }
    single
}

/// Takes no place when shown: zero-width blanks, byte-order marks, soft hyphens, fillers, joiners.
pub(crate) fn is_ignorable(c: char) -> bool {
    !c.is_ascii() && c.identifier_type() == Some(IdentifierType::Default_Ignorable)
}

/// Ignorable, but part of how a script or an emoji is written: joiners and variation selectors.
pub(crate) fn is_joiner(c: char) -> bool {
    matches!(c, '\u{200c}' | '\u{200d}' | '\u{180b}'..='\u{180d}' | '\u{fe00}'..='\u{fe0f}')
}

/// Unicode's `Bidi_Control`: turns the text beside it around, so that it looks like another text.
pub(crate) fn is_direction_control(c: char) -> bool {
    matches!(c, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// Controls, line and paragraph separators, and the marks of annotated text.
pub(crate) fn is_control(c: char) -> bool {
    c.is_control() || matches!(c, '\u{2028}' | '\u{2029}' | '\u{fff9}'..='\u{fffb}')
}

/// Whether there is something to see by itself: a letter, a digit or a sign.
pub(crate) fn is_seen(c: char) -> bool {
    if c.is_ascii() {
        return c.is_ascii_graphic();
    }
    /// Its category says a sign, but it looks empty.
    const BRAILLE_BLANK: char = '\u{2800}';
    let has_shape = matches!(
        c.general_category_group(),
        GeneralCategoryGroup::Letter
            | GeneralCategoryGroup::Number
            | GeneralCategoryGroup::Punctuation
            | GeneralCategoryGroup::Symbol
    );
    has_shape && !is_ignorable(c) && c != BRAILLE_BLANK
}

/// Hyphens and dashes of every length, and the minus sign.
pub(crate) fn is_dash(c: char) -> bool {
    c == '-' || c == '\u{2212}' || c.general_category() == GeneralCategory::DashPunctuation
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_is_not_shown_makes_no_difference() {
        for text in [
            "Ankara",
            " Ankara\u{200b}",
            "\u{feff}Ankara\u{a0}",
            "An\u{ad}kara",
            "Ａｎｋａｒａ",
            "Ank\u{2060}ara\u{3164}",
        ] {
            assert_eq!(plain(text), "Ankara", "{text:?}");
        }
        assert_eq!(plain("a\u{a0}\u{2003} b"), "a b");
        assert_eq!(plain("\u{200b}\u{2800}"), "\u{2800}");
        assert!(!is_seen('\u{2800}') && !is_seen('\u{301}') && !is_seen('\u{a0}'));
        assert!(is_seen('ş') && is_seen('中') && is_seen('🚌') && is_seen('½'));
    }

    proptest! {
        #[test]
        fn plain_is_plain_already(text in ".{0,12}") {
            let once = plain(&text);
            prop_assert_eq!(plain(&once), once);
        }
    }
}
