//! Letters to people: what a letter is, how it is kept until it is sent, and the ways to send it.
//!
//! A letter contains a secret (its token), so none is printed, and what is stored of one is sealed.
//! Only a verification is sent to an address that is not verified: the store ensures that.

mod folder;
mod kept_letters;
mod letter;
mod post;
mod sending;
mod smtp;
mod words;

use std::sync::Arc;

use booking::{NoRandomness, Source};
use jiff::SignedDuration;
use store::{LetterId, TokenLetter, TokenUse};
use tokio::sync::mpsc;

use crate::config::{MailConfig, MailWay};
use crate::identity::key_secrets::KeySecrets;
use crate::identity::mail_tokens::MailToken;
use crate::limits::new_accounts::NewAccounts;
use post::Post;
pub(crate) use sending::{Outbox, Sending, send_letters};

/// How long a token from a letter can be used.
const RESET_MINUTES: i64 = 30;
const VERIFY_MINUTES: i64 = 24 * 60;

/// Requests for a new password that wait to be handled.
const FORGOTTEN_WAITING_MAX: usize = 256;

pub(crate) fn post(config: &MailConfig) -> Result<Arc<dyn Post>, String> {
    Ok(match &config.way {
        MailWay::Smtp(url) => Arc::new(smtp::Smtp::new(url.expose(), config.from.clone())?),
        MailWay::Folder(path) => Arc::new(folder::Folder(path.clone())),
    })
}

/// Writes letters; there is none if no mail is configured.
#[derive(Clone, Debug)]
pub(crate) struct Mail {
    secrets: Arc<KeySecrets>,
    source: Source,
    pub(crate) outbox: Outbox,
    pub(crate) new_accounts: Arc<NewAccounts>,
    /// Addresses whose password was forgotten, on their way to the task that handles them.
    pub(crate) forgotten: mpsc::Sender<String>,
}

impl Mail {
    /// Also returns the end where these addresses come out.
    pub(crate) fn new(secrets: Arc<KeySecrets>, source: Source) -> (Self, mpsc::Receiver<String>) {
        let (forgotten, line) = mpsc::channel(FORGOTTEN_WAITING_MAX);
        let (outbox, new_accounts) = (Outbox::default(), Arc::default());
        (Self { secrets, source, outbox, new_accounts, forgotten }, line)
    }

    /// A letter to this address, with a token of its own.
    pub(crate) fn letter(
        &self,
        used_for: TokenUse,
        to: String,
    ) -> Result<TokenLetter, NoRandomness> {
        let minutes = match used_for {
            TokenUse::Reset => RESET_MINUTES,
            TokenUse::Verify => VERIFY_MINUTES,
        };
        let token = MailToken::draw(used_for, &self.source)?;
        let letter = words::letter(used_for, to, token.text(), minutes);
        Ok(TokenLetter {
            digest: token.digest(),
            expires_at: self.source.now() + SignedDuration::from_mins(minutes),
            id: LetterId(self.source.id()?),
            sealed: letter.sealed(&self.secrets).ok_or(NoRandomness)?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::letter::Letter;
    use super::*;

    #[test]
    fn a_letter_is_opened_by_the_same_secret_only_and_never_printed() {
        let (secrets, others) = (KeySecrets::new("a", None), KeySecrets::new("b", None));
        let to = "ayse@firma.example".to_owned();
        let letter = words::letter(TokenUse::Reset, to, "reset-x", 30);
        let sealed = letter.sealed(&secrets).unwrap();
        let opened = Letter::opened(&sealed, &secrets).unwrap();
        assert_eq!((&opened.to, &opened.body), (&letter.to, &letter.body));
        assert!(opened.body.contains("reset-x"));
        assert!(Letter::opened(&sealed, &others).is_none());
        let printed = format!("{letter:?} {sealed:?}");
        assert!(!printed.contains("ayse") && !printed.contains("reset-x"), "{printed}");
    }
}
