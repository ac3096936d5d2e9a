//! One-time codes by time (TOTP, RFC 6238): six digits of HMAC-SHA-1 over the number of the half
//! minute, as every authenticator app computes them.

use std::fmt;

use booking::{NoRandomness, Source};
use data_encoding::BASE32_NOPAD;
use jiff::Timestamp;
use ring::hmac;

/// RFC 4226, section 4, R6: at least 128 bits, 160 recommended.
const SECRET_BYTES: usize = 20;
const STEP_SECONDS: i64 = 30;
/// Clocks differ, and people type slowly: one step before and one after are accepted too.
const STEPS_BESIDE: i64 = 1;
const CODES: u32 = 1_000_000;
const DIGITS: usize = 6;

/// Does not print.
pub(crate) struct TotpSecret(Vec<u8>);

impl fmt::Debug for TotpSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("TotpSecret")
    }
}

impl TotpSecret {
    pub(crate) fn draw(source: &Source) -> Result<Self, NoRandomness> {
        let mut secret = vec![0; SECRET_BYTES];
        source.fill(&mut secret)?;
        Ok(Self(secret))
    }

    pub(crate) fn of(bytes: Vec<u8>) -> Self {
        Self(bytes)
    }

    pub(crate) fn bytes(&self) -> &[u8] {
        &self.0
    }

    /// As it is typed into an app.
    pub(crate) fn text(&self) -> String {
        BASE32_NOPAD.encode(&self.0)
    }

    /// As it is in a QR code (Google Authenticator's key URI format).
    pub(crate) fn uri(&self, email: &str) -> String {
        let account: String = email
            .bytes()
            .map(|byte| match byte {
                b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'.' | b'-' | b'_' => {
                    char::from(byte).to_string()
                }
                other => format!("%{other:02X}"),
            })
            .collect();
        format!("otpauth://totp/Seatwire:{account}?secret={}&issuer=Seatwire", self.text())
    }

    /// The step of the code, if it is one of the current ones.
    pub(crate) fn step_of(&self, code: &str, now: Timestamp) -> Option<i64> {
        let code = code.trim();
        if code.len() != DIGITS || !code.bytes().all(|byte| byte.is_ascii_digit()) {
            return None;
        }
        let wanted: u32 = code.parse().ok()?;
        let step = now.as_second().div_euclid(STEP_SECONDS);
        (step - STEPS_BESIDE..=step + STEPS_BESIDE).find(|step| self.code(*step) == wanted)
    }

    /// RFC 4226, section 5.3.
    fn code(&self, step: i64) -> u32 {
        let key = hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, &self.0);
        let tag = hmac::sign(&key, &step.to_be_bytes());
        let tag = tag.as_ref();
        let offset = usize::from(tag[tag.len() - 1] & 0xf);
        let mut word = [0; 4];
        word.copy_from_slice(&tag[offset..offset + 4]);
        (u32::from_be_bytes(word) & 0x7fff_ffff) % CODES
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 6238, appendix B, the last six digits.
    #[test]
    fn the_examples_of_the_rfc() {
        let secret = TotpSecret::of(b"12345678901234567890".to_vec());
        for (second, code) in [
            (59, "287082"),
            (1_111_111_109, "081804"),
            (1_111_111_111, "050471"),
            (1_234_567_890, "005924"),
            (2_000_000_000, "279037"),
            (20_000_000_000, "353130"),
        ] {
            let now = Timestamp::from_second(second).unwrap();
            assert_eq!(secret.step_of(code, now), Some(second / 30), "{second}");
        }
    }

    #[test]
    fn a_code_is_good_for_a_minute_and_a_half() {
        let secret = TotpSecret::of(b"12345678901234567890".to_vec());
        let at = |second| secret.step_of("287082", Timestamp::from_second(second).unwrap());
        assert_eq!([at(-1), at(0), at(89), at(90)], [None, Some(1), Some(1), None]);
        for wrong in ["", "28708", "2870820", "+87082", "२८७०८२"] {
            assert_eq!(secret.step_of(wrong, Timestamp::from_second(59).unwrap()), None, "{wrong}");
        }
    }

    #[test]
    fn an_app_reads_it() {
        let secret = TotpSecret::of(b"12345678901234567890".to_vec());
        let uri = "otpauth://totp/Seatwire:ay%2Be%40b.cd?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ\
                   &issuer=Seatwire";
        assert_eq!(secret.uri("ay+e@b.cd"), uri);
    }
}
