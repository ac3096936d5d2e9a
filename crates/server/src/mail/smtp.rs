//! Letters over SMTP, one connection each. The protocol and its TLS are `lettre`'s.

use std::fmt;
use std::time::Duration;

use async_trait::async_trait;
use lettre::message::Mailbox;
use lettre::message::header::ContentType;
use lettre::transport::smtp::Error;
use lettre::{AsyncSmtpTransport, AsyncTransport as _, Message, Tokio1Executor};
use store::LetterId;

use super::letter::Letter;
use super::post::{NotSent, Post};

/// For each step of the exchange with the mail server.
const STEP_SECONDS_MAX: u64 = 5;

pub(super) struct Smtp {
    transport: AsyncSmtpTransport<Tokio1Executor>,
    from: Mailbox,
}

impl fmt::Debug for Smtp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Smtp")
    }
}

impl Smtp {
    pub(super) fn new(url: &str, from: Mailbox) -> Result<Self, String> {
        // The error may quote the address: its password is not repeated.
        let unfit = |_: Error| "SEATWIRE_MAIL cannot be used".to_owned();
        let builder = AsyncSmtpTransport::<Tokio1Executor>::from_url(url).map_err(unfit)?;
        let transport = builder.timeout(Some(Duration::from_secs(STEP_SECONDS_MAX))).build();
        Ok(Self { transport, from })
    }
}

#[async_trait]
impl Post for Smtp {
    async fn send(&self, id: LetterId, letter: &Letter) -> Result<(), NotSent> {
        // An address that does not fit into a letter now will not do so later either.
        let refused = |what: &str| NotSent::Refused(what.to_owned());
        let to: Mailbox = letter.to.parse().map_err(|_| refused("the address"))?;
        let message = Message::builder()
            // If the letter is sent twice, this shows it.
            .message_id(Some(format!("<{}@seatwire>", id.0)))
            .from(self.from.clone())
            .to(to)
            .subject(letter.subject.clone())
            .header(ContentType::TEXT_PLAIN)
            .body(letter.body.clone())
            .map_err(|_| refused("the letter"))?;
        match self.transport.send(message).await {
            Ok(_) => Ok(()),
            // The server's answer may repeat the address: only its code is kept.
            Err(error) if is_final(&error) => Err(NotSent::Refused(code(&error))),
            Err(error) => Err(NotSent::Later(code(&error))),
        }
    }
}

/// Whether another try would fare no better. A log-in that is refused (53x) and a server that takes
/// nothing at all (554) are faults of the settings, and may be mended.
fn is_final(error: &Error) -> bool {
    let is_about_the_letter = |code: u16| !(530..540).contains(&code) && code != 554;
    error.is_permanent() && error.status().is_some_and(|code| is_about_the_letter(code.into()))
}

fn code(error: &Error) -> String {
    match error.status() {
        Some(code) => format!("the mail server answered {code}"),
        None => "the mail server cannot be reached, or does not keep to the protocol".to_owned(),
    }
}
