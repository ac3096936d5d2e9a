//! Passwords and secrets that an attacker would try first.
//!
//! The list is the 20,000 most common passwords of Django (Royce Williams; BSD licence), with some
//! that are common in Türkiye: lower case, sorted by bytes, four characters or more.

use std::cmp::Ordering;

use domain::CityKey;
use domain::user::{PasswordError, password};

const COMMON: &str = include_str!("common_passwords.txt");

/// This many digits and signs around a common word or one's own name make it no harder to guess.
const PADDING_CHARS_MAX: usize = 6;

/// A shorter word is part of too many passwords.
const WORD_CHARS_MIN: usize = 4;

/// A secret that repeats one piece is only as good as that piece.
const SECRET_PIECE_BYTES_MIN: usize = 16;
const SECRET_DISTINCT_BYTES_MIN: usize = 10;

/// Words in secrets that were copied from an example.
const PLACEHOLDERS: [&str; 12] = [
    "changeme",
    "changethis",
    "example",
    "insertyour",
    "jwtsecret",
    "mysecret",
    "placeholder",
    "replaceme",
    "replacethis",
    "supersecret",
    "your256bit",
    "yoursecret",
];

/// Why a password is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum UnfitPassword {
    #[error(transparent)]
    Length(#[from] PasswordError),
    #[error("is one of the most common passwords, or nearly one: choose another")]
    Common,
    #[error("is little more than your own name or e-mail address: choose another")]
    OnesOwn,
}

/// A new password for the account with this e-mail address and these names.
pub(crate) fn fit_password(new: &str, email: &str, names: &[&str]) -> Result<(), UnfitPassword> {
    password(new)?;
    if is_common(new) {
        return Err(UnfitPassword::Common);
    }
    let folded = folded(new);
    let local = email.split('@').next().unwrap_or_default();
    for word in [email, local].iter().chain(names) {
        let word = self::folded(word);
        let is_word = word.chars().count() >= WORD_CHARS_MIN;
        if is_word && folded.contains(&word) && is_padding(&folded.replacen(&word, "", 1)) {
            return Err(UnfitPassword::OnesOwn);
        }
    }
    Ok(())
}

/// Whether it is in the list, with or without digits and signs around it, or is one piece repeated
/// or a row of neighbouring characters.
pub(crate) fn is_common(password: &str) -> bool {
    let folded = folded(password);
    let word = folded.trim_matches(|c: char| !c.is_alphabetic());
    let padding = folded.chars().count() - word.chars().count();
    let is_padded = word.chars().count() >= WORD_CHARS_MIN && padding <= PADDING_CHARS_MAX;
    is_listed(&folded)
        || is_padded && is_listed(word)
        || piece(folded.as_bytes()).len() <= WORD_CHARS_MIN
        || is_row(folded.as_bytes())
}

/// Whether a secret that signs or encrypts is easy to guess. It is long enough for a better one.
pub(crate) fn is_guessable_secret(secret: &str) -> bool {
    let bytes = secret.as_bytes();
    let mut distinct = bytes.to_vec();
    distinct.sort_unstable();
    distinct.dedup();
    let letters = secret.chars().filter(|c| c.is_alphanumeric());
    let letters: String = letters.flat_map(char::to_lowercase).collect();
    piece(bytes).len() < SECRET_PIECE_BYTES_MIN
        || distinct.len() < SECRET_DISTINCT_BYTES_MIN
        || is_row(bytes)
        || PLACEHOLDERS.iter().any(|placeholder| letters.contains(placeholder))
}

/// In the letters of city names: capitals and Turkish letters make no difference.
fn folded(text: &str) -> String {
    CityKey::new(text).as_str().to_owned()
}

fn is_padding(rest: &str) -> bool {
    rest.chars().count() <= PADDING_CHARS_MAX && !rest.chars().any(char::is_alphabetic)
}

/// The list is sorted, so each step skips half of what is left.
fn is_listed(word: &str) -> bool {
    let mut rest = COMMON;
    while !rest.is_empty() {
        let middle = rest.len() / 2;
        let start = rest[..middle].rfind('\n').map_or(0, |at| at + 1);
        let end = rest[middle..].find('\n').map_or(rest.len(), |at| middle + at);
        match rest[start..end].cmp(word) {
            Ordering::Equal => return true,
            Ordering::Less => rest = rest.get(end + 1..).unwrap_or_default(),
            Ordering::Greater => rest = &rest[..start],
        }
    }
    false
}

/// The shortest beginning whose repetition is the whole text.
fn piece(bytes: &[u8]) -> &[u8] {
    let repeats = |length: &usize| {
        let piece = &bytes[..*length];
        bytes.chunks(*length).all(|chunk| piece.starts_with(chunk))
    };
    let length = (1..bytes.len()).find(repeats).unwrap_or(bytes.len());
    &bytes[..length]
}

/// Whether most characters are the next one, the previous one, or the same again.
fn is_row(bytes: &[u8]) -> bool {
    let steps = bytes.windows(2).filter(|pair| pair[0].abs_diff(pair[1]) <= 1).count();
    steps * 2 > bytes.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_list_is_sorted_and_every_entry_is_found() {
        let words: Vec<&str> = COMMON.lines().collect();
        assert!(words.len() > 19_000 && words.is_sorted());
        for word in &words {
            assert!(is_listed(word), "{word}");
            assert!(is_common(word), "{word}");
            assert!(!is_listed(&format!("{word}\n")), "{word}");
        }
        for other in ["", "\n", "zzzzzzzzzzzzzzzz", "0", "correct horse"] {
            assert!(!is_listed(other), "{other}");
        }
    }

    #[test]
    fn common_passwords_are_known_in_their_disguises() {
        for common in [
            "password",
            "PassWord",
            "Password1!",
            "12345678",
            "qwertyuiop",
            "iloveyou",
            "şifre123",
            "ŞİFRE1234",
            "galatasaray",
            "Galatasaray1905",
            "!!dragon2024",
            "aaaaaaaa",
            "abcabcabc",
            "abcdefgh",
            "87654321",
            "11223344",
            "hunter22",
            "1905-fenerbahce",
        ] {
            assert!(is_common(common), "{common}");
        }
        for good in [
            "correct horse",
            "battery staple 9",
            "long-enough-for-a-test-1",
            "customer-demo-1",
            "ağaç-kapı-12",
            "dragon48151623426",
            "Kx7#pq2m",
            "a better secret",
        ] {
            assert!(!is_common(good), "{good}");
        }
    }

    #[test]
    fn ones_own_name_is_no_password() {
        let fit = |new| fit_password(new, "ayse.kaya@firma.example", &["Ayşegül", "Kaya", ""]);
        for own in
            ["ayse.kaya", "Ayse.Kaya1!", "ayse.kaya@firma.example", "aysegül2024", "KAYA 1990"]
        {
            assert_eq!(fit(own), Err(UnfitPassword::OnesOwn), "{own}");
        }
        for good in ["kaya tırmanışı", "ayse.kaya-48151623", "correct horse"] {
            assert_eq!(fit(good), Ok(()), "{good}");
        }
        assert_eq!(fit("kaya"), Err(UnfitPassword::Length(PasswordError)));
        assert_eq!(fit("password"), Err(UnfitPassword::Common));
    }

    #[test]
    fn secrets_from_examples_are_guessable() {
        let repeated = |piece: &str| piece.repeat(40 / piece.len() + 1);
        for secret in [
            repeated("a"),
            repeated("secret"),
            repeated("0123456789abcdef"),
            "your-256-bit-secret-for-production-1".to_owned(),
            "please CHANGE_ME before the 1st start".to_owned(),
            "abcdefghijklmnopqrstuvwxyz0123456789".to_owned(),
            "0101101001011010010110100101101001011".to_owned(),
        ] {
            assert!(is_guessable_secret(&secret), "{secret}");
        }
        for secret in [
            "c81f94e0b7a25d3687f1c2be09a4d653",
            "a secret of more than thirty-two bytes",
            "Zm9yIHRlc3RzIG9ubHksIG5vdCBmb3IgcHJvZA==",
        ] {
            assert!(!is_guessable_secret(secret), "{secret}");
        }
    }
}
