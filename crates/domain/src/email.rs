//! E-mail addresses: one mailbox, one account.
//!
//! Only the shape is checked: whether an address can receive mail only a mail can show. The domain
//! is kept as the DNS has it (UTS #46), the part before the `@` folded as most mailboxes fold it.

use unicode_normalization::UnicodeNormalization as _;
use unicode_security::{GeneralSecurityProfile as _, MixedScript as _};

use crate::visible::plain;

/// RFC 5321: 64 before the `@`, 254 in all.
pub const EMAIL_BYTES_MAX: usize = 254;
const LOCAL_BYTES_MAX: usize = 64;

/// More than an address can have before it is folded; a bound on the work.
const TYPED_BYTES_MAX: usize = 4 * EMAIL_BYTES_MAX;

#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("must be an e-mail address")]
pub struct EmailError;

/// An address in the form in which two are compared and in which it is kept.
pub fn email(text: &str) -> Result<String, EmailError> {
    if text.len() > TYPED_BYTES_MAX {
        return Err(EmailError);
    }
    let text = plain(text);
    let (local, domain) = text.rsplit_once('@').ok_or(EmailError)?;
    let (local, domain) = (local_part(local)?, domain_part(domain)?);
    let address = format!("{local}@{domain}");
    if address.len() <= EMAIL_BYTES_MAX { Ok(address) } else { Err(EmailError) }
}

fn local_part(text: &str) -> Result<String, EmailError> {
    let local: String = lower(text).nfkc().collect();
    // A Turkish keyboard makes `ınfo` of `INFO`. If other letters are not ASCII either, the `ı` was
    // meant.
    let without_dotless = local.replace('ı', "i");
    let local = if without_dotless.is_ascii() { without_dotless } else { local };
    let ascii_ok = |c: char| c.is_ascii_graphic() && c != '@';
    // UTS #39: letters that people write names with, and not of two scripts that look alike.
    let fits = |c: char| if c.is_ascii() { ascii_ok(c) } else { c.identifier_allowed() };
    let well_formed = (1..=LOCAL_BYTES_MAX).contains(&local.len())
        && local.chars().all(fits)
        && (local.is_ascii() || local.as_str().is_single_script());
    if well_formed { Ok(local) } else { Err(EmailError) }
}

fn domain_part(text: &str) -> Result<String, EmailError> {
    let ascii = idna::domain_to_ascii_strict(&lower(text)).map_err(|_| EmailError)?;
    if ascii.contains('.') { Ok(ascii) } else { Err(EmailError) }
}

/// Lower case, in which the capital `İ` leaves no separate dot.
fn lower(text: &str) -> String {
    text.to_lowercase().replace("i\u{307}", "i")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn one_mailbox_has_one_form() {
        for typed in [
            "info@example.com",
            " INFO@Example.COM ",
            "İNFO@EXAMPLE.COM",
            "I\u{307}NFO@example.com",
            "ınfo@example.com",
            "in\u{200b}fo@exam\u{200d}ple.com",
            "\u{feff}info@example.com\u{a0}",
            "ｉｎｆｏ＠ｅｘａｍｐｌｅ．ｃｏｍ",
            "info@EXAMPLE\u{3002}com",
        ] {
            assert_eq!(email(typed).as_deref(), Ok("info@example.com"), "{typed:?}");
        }
        assert_eq!(email("a.b+c@x-y.example.com").as_deref(), Ok("a.b+c@x-y.example.com"));
        assert_eq!(email("AYŞE@Şirket.com.tr").as_deref(), Ok("ayşe@xn--irket-idb.com.tr"));
        assert_eq!(email("ayşe@xn--irket-idb.com.tr").as_deref(), Ok("ayşe@xn--irket-idb.com.tr"));
        // Another letter and another mailbox.
        assert_eq!(email("ışık@example.com").as_deref(), Ok("ışık@example.com"));
    }

    #[test]
    fn what_is_no_address() {
        for wrong in [
            "",
            "a",
            "a@",
            "@b.c",
            "a@b",
            "a b@c.d",
            "a@b@c.d",
            "a@b..c",
            "a\0@b.c",
            "a@b c.d",
            "a@-b.c",
            "a@b.c.",
            "a@b_c.d",
            "\u{200b}@b.cd",
            // A Cyrillic а among Latin letters.
            "\u{430}yse@example.com",
            "a\u{2028}b@c.d",
            "😀@example.com",
        ] {
            assert_eq!(email(wrong), Err(EmailError), "{wrong:?}");
        }
        assert!(email(&format!("{}@b.cd", "a".repeat(LOCAL_BYTES_MAX + 1))).is_err());
        assert!(email(&"a".repeat(100_000)).is_err());
    }

    proptest! {
        #[test]
        fn a_kept_address_is_kept_as_it_is(
            typed in "[a-zA-Zçğışöüİ0-9.+]{1,8}\\PC{0,2}@[a-zA-Zçğışöü]{1,8}\\PC{0,1}\\.(com|TR|com\\.tr)",
        ) {
            if let Ok(kept) = email(&typed) {
                prop_assert_eq!(email(&kept), Ok(kept.clone()));
                // In capitals, a dotless letter looks like a dotted one, and ß like ss.
                if !kept.contains(['ı', 'ß']) {
                    let shouted = kept.to_uppercase().replace('I', "İ");
                    prop_assert_eq!(email(&shouted), Ok(kept.clone()));
                }
                prop_assert_eq!(email(&format!("\u{feff} {}\u{200b}", kept)), Ok(kept));
            }
        }
    }
}
