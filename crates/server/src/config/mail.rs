//! How letters are sent: over SMTP, or into a folder to try things out.
//!
//! The address of a mail server contains a password, so it is a secret and no message repeats it.
//! Nothing goes unencrypted to another machine unless the address itself says so (`?tls=`).

use std::path::{Path, PathBuf};

use lettre::message::Mailbox;
use lettre::{AsyncSmtpTransport, Tokio1Executor};

use super::Secret;
use super::fault::quoted;

#[derive(Debug, Clone)]
pub(crate) struct MailConfig {
    pub(crate) way: MailWay,
    pub(crate) from: Mailbox,
}

#[derive(Debug, Clone)]
pub(crate) enum MailWay {
    /// An address in the form that `lettre` reads.
    Smtp(Secret),
    Folder(PathBuf),
}

pub(super) fn way(cwd: &Path, text: &str) -> Result<MailWay, String> {
    if let Some(path) = text.strip_prefix("file://") {
        return match path {
            "" => Err("names no folder behind `file://`".to_owned()),
            path => Ok(MailWay::Folder(cwd.join(path))),
        };
    }
    let (scheme, rest) = text.split_once("://").unwrap_or_default();
    if !matches!(scheme, "smtp" | "smtps") {
        return Err(
            "must be `smtps://user:password@host`, `smtp://…` or `file://folder`".to_owned()
        );
    }
    let url = with_tls(scheme, rest);
    match AsyncSmtpTransport::<Tokio1Executor>::from_url(&url) {
        Ok(_) => Ok(MailWay::Smtp(Secret::new(url))),
        Err(_) => Err("is not the address of a mail server".to_owned()),
    }
}

fn with_tls(scheme: &str, rest: &str) -> String {
    let url = format!("{scheme}://{rest}");
    if scheme == "smtps" || rest.contains("tls=") {
        return url;
    }
    let host = rest.rsplit_once('@').map_or(rest, |(_, host)| host);
    let is_here =
        ["localhost", "127.", "[::1]"].iter().any(|here| host.to_lowercase().starts_with(here));
    let tls = if is_here { "opportunistic" } else { "required" };
    let before = if rest.contains('?') { '&' } else { '?' };
    format!("{url}{before}tls={tls}")
}

pub(super) fn from(text: &str) -> Result<Mailbox, String> {
    text.parse().map_err(|_| {
        format!(
            "{} is not an e-mail address, such as `Firma <tickets@firma.example>`",
            quoted(text)
        )
    })
}

#[cfg(test)]
mod tests {
    use super::super::testing::{faults, served};
    use super::{MailWay, with_tls};

    const MAIL: &str = "SEATWIRE_MAIL";
    const FROM: (&str, &str) = ("SEATWIRE_MAIL_FROM", "Firma <tickets@firma.example>");

    #[test]
    fn letters_go_over_smtp_or_into_a_folder() {
        let way = |text| served(&[], &[(MAIL, text), FROM], "").mail.map(|mail| mail.way);
        assert!(
            matches!(way("file://letters"), Some(MailWay::Folder(path)) if path.ends_with("letters"))
        );
        for text in ["smtps://me:pw@mail.firma.example", "smtp://localhost:2525"] {
            assert!(matches!(way(text), Some(MailWay::Smtp(_))), "{text}");
        }
        assert!(served(&[], &[], "").mail.is_none());
    }

    #[test]
    fn nothing_goes_to_another_machine_unencrypted() {
        for (text, tls) in [
            ("mail.firma.example", "?tls=required"),
            ("me:localhost@mail.firma.example:587", "?tls=required"),
            ("localhost:25", "?tls=opportunistic"),
            ("me:pw@127.0.0.1", "?tls=opportunistic"),
            ("mail.firma.example?tls=opportunistic", ""),
        ] {
            assert_eq!(with_tls("smtp", text), format!("smtp://{text}{tls}"));
        }
    }

    #[test]
    fn what_cannot_be_used_is_refused_without_repeating_it() {
        for text in [
            "",
            "mail.firma.example",
            "http://hunter2@a",
            "file://",
            "smtp://",
            "smtps://:hunter2@",
        ] {
            let told = faults(&[], &[(MAIL, text), FROM], "");
            assert!(told.len() == 1 && told[0].starts_with(MAIL), "{text}: {told:?}");
            assert!(!told[0].contains("hunter2"), "{told:?}");
        }
        assert_eq!(
            faults(&[], &[(MAIL, "file://letters")], ""),
            ["SEATWIRE_MAIL_FROM: must be set together with mail"]
        );
        let told = faults(&[], &[(MAIL, "file://a"), ("SEATWIRE_MAIL_FROM", "nobody")], "");
        assert!(told[0].contains("\"nobody\" is not an e-mail address"), "{told:?}");
    }
}
