//! Connection state recovery for stock clients: what they send, and under which key their sessions
//! are kept.
//!
//! What a stock client (JavaScript, 4.6 and later) does: it keeps the `pid` that came with the
//! connection and the offset that came as last argument of an event, and sends both when it
//! connects again. Here the pid is a secret whose hash finds a session, and the offset says how far
//! the client got. All the rest is [`rooms::recovery`].
//!
//! Off unless [`Builder::recovery`](crate::Builder::recovery) is called.

use std::sync::{Arc, Weak};

use rooms::CloseReason;
use rooms::recovery::{
    Arrival, ClientSession, Owner, Recovery, RecoveryOutcome, Replaceable, SessionKey,
};
use sha2::{Digest as _, Sha256};

use crate::broadcast;
use crate::namespace::{ConnectRequest, Recoverable};
use crate::session::Session;
use crate::sid::Sid;

impl Replaceable for Session {
    fn replace(self: Arc<Self>) {
        self.close(CloseReason::Replaced);
    }
}

/// What a client sends for its recovery.
pub(crate) struct Shown {
    pid: Option<Sid>,
    offset: Option<String>,
}

impl Shown {
    pub(crate) fn by(request: &ConnectRequest<'_>) -> Self {
        let (Ok(pid), Ok(offset)) = (request.auth_str("pid"), request.auth_str("offset")) else {
            // An offset that is there and cannot be read is not "no event received": received
            // events would be sent again. So the client begins anew.
            return Self { pid: None, offset: None };
        };
        // A pid of another form cannot be one of ours.
        Self { pid: pid.and_then(|pid| pid.parse().ok()), offset }
    }
}

/// A client that is in, and the secret for its recovery.
pub(crate) struct Admitted {
    pub(crate) client_session: Arc<ClientSession>,
    pub(crate) pid: Sid,
}

/// The client must try again: it cannot be known now where it was.
pub(crate) struct TryAgain;

/// The key of a session: a hash, so that a reader of the stored sessions cannot take one over.
fn key(pid: Sid) -> SessionKey {
    SessionKey(Sha256::digest(pid.bytes()).into())
}

/// Recovers an accepted client where it was, with its rooms joined and their events held back, or
/// begins anew. `scope` is the name of the namespace.
pub(crate) async fn admit(
    recovery: &Recovery,
    session: &Arc<Session>,
    (namespace, scope): (u8, Arc<str>),
    as_what: Recoverable,
    sid: Option<Sid>,
    shown: &Shown,
) -> Result<Admitted, TryAgain> {
    let connection: Weak<Session> = Arc::downgrade(session);
    let owner = Owner { user: as_what.owner, scope };
    let offset = shown.offset.as_deref();
    let arrival = Arrival { viewer: session.viewer(), channel: namespace, owner, offset };
    if let Some(pid) = shown.pid {
        let view = |name: u128| {
            let sid = Sid::of_number(name);
            as_what.view.unwrap_or_else(|| broadcast::view(namespace, sid, true))
        };
        match recovery.recover(connection.clone(), &arrival, key(pid), view).await {
            RecoveryOutcome::Recovered(client_session) => {
                return Ok(Admitted { client_session, pid });
            }
            RecoveryOutcome::TryAgain => return Err(TryAgain),
            RecoveryOutcome::Unknown
            | RecoveryOutcome::Foreign
            | RecoveryOutcome::Unrecoverable => {}
        }
    }
    let pid = Sid::random().map_err(|_| TryAgain)?;
    let sid = sid.map_or_else(Sid::random, Ok).map_err(|_| TryAgain)?;
    let client_session = recovery.begin(connection, &arrival, key(pid), sid.number());
    Ok(Admitted { client_session, pid })
}
