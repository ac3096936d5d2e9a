//! Codes for the day when a phone is lost: eighty random bits each, in groups that can be copied by
//! hand. Only their digests are stored.

use booking::{NoRandomness, Source};
use data_encoding::BASE32_NOPAD;
use store::TokenDigest;

use super::digests;

pub(crate) const RECOVERY_CODES: usize = 10;
/// More than an attacker with the digests can try.
const CODE_BYTES: usize = 10;
const GROUP_CHARS: usize = 4;

pub(crate) fn draw(source: &Source) -> Result<Vec<String>, NoRandomness> {
    (0..RECOVERY_CODES).map(|_| code(source)).collect()
}

fn code(source: &Source) -> Result<String, NoRandomness> {
    let mut random = [0; CODE_BYTES];
    source.fill(&mut random)?;
    let text = BASE32_NOPAD.encode(&random);
    let groups: Vec<&str> =
        (0..text.len()).step_by(GROUP_CHARS).map(|at| &text[at..at + GROUP_CHARS]).collect();
    Ok(groups.join("-"))
}

/// However the code is written.
pub(crate) fn digest(code: &str) -> TokenDigest {
    let plain: String = code.chars().filter(char::is_ascii_alphanumeric).collect();
    TokenDigest(digests::of_token(&plain.to_ascii_uppercase()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_drawn_and_known_however_they_are_written() {
        let codes = draw(&Source::system()).unwrap();
        assert_eq!(codes.len(), RECOVERY_CODES);
        assert!(codes.iter().all(|code| code.len() == 19));
        assert_ne!(codes[0], codes[1]);
        let other = codes[0].to_lowercase().replace('-', " ");
        assert_eq!(digest(&other), digest(&codes[0]));
        assert_ne!(digest(&codes[1]), digest(&codes[0]));
    }
}
