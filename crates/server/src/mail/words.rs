//! The texts of letters, in English and Turkish.

use store::TokenUse;

use super::letter::Letter;

pub(super) fn letter(used_for: TokenUse, to: String, token: &str, minutes: i64) -> Letter {
    let (subject, body) = match used_for {
        TokenUse::Reset => (
            "A new password / Yeni parola",
            format!(
                "Somebody, hopefully you, wants a new password for this address.\n\
                 With this code one can be chosen within {minutes} minutes:\n\n{token}\n\n\
                 If it was not you, do nothing: your password stays as it is.\n\n\
                 Bu adres için yeni bir parola istendi. Yukarıdaki kod {minutes} dakika geçerlidir.\n\
                 İsteyen siz değilseniz bir şey yapmanız gerekmez: parolanız aynı kalır.\n"
            ),
        ),
        TokenUse::Verify => (
            "Is this your address? / Bu adres sizin mi?",
            format!(
                "Somebody, hopefully you, has registered with this address.\n\
                 This code shows that it is yours:\n\n{token}\n\n\
                 If it was not you, do nothing: you will get no other letter.\n\n\
                 Bu adresle bir hesap açıldı. Yukarıdaki kod adresin sizin olduğunu gösterir.\n\
                 Açan siz değilseniz bir şey yapmanız gerekmez: başka ileti gelmez.\n"
            ),
        ),
    };
    Letter { to, subject: subject.to_owned(), body }
}
