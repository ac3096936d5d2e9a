//! Connection state recovery for stock clients: what they show, and as what their sessions are kept.
//!
//! What a stock client (JavaScript, 4.6 and later) does: it keeps the `pid` that came with the
//! connection and the offset that came as last argument of an event, and shows both when it connects
//! again. Here the pid is a secret whose hash finds a session, and the offset says how far the client
//! got. All the rest is [`rooms::recovery`].
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

/// What a client shows that comes back.
pub(crate) struct Shown {
    pid: Option<Sid>,
    offset: Option<String>,
}

impl Shown {
    pub(crate) fn by(request: &ConnectRequest<'_>) -> Self {
        let (Ok(pid), Ok(offset)) = (request.auth_str("pid"), request.auth_str("offset")) else {
            // An offset that is there and cannot be read is not "no event received": what was
            // received would be told again. So the client begins anew.
            return Self { pid: None, offset: None };
        };
        // One that is not of our form cannot be one of ours.
        Self { pid: pid.and_then(|pid| pid.parse().ok()), offset }
    }
}

/// A client that is in, and the secret by which it comes back.
pub(crate) struct Admitted {
    pub(crate) client_session: Arc<ClientSession>,
    pub(crate) pid: Sid,
}

/// The client must come again: it cannot be said now where it was.
pub(crate) struct TryAgain;

/// Under what a session is kept: a hash, so that no one who reads what is kept can take the session over.
fn key(pid: Sid) -> SessionKey {
    SessionKey(Sha256::digest(pid.bytes()).into())
}

/// Lets a client in that has been accepted: where it was, with its rooms joined and their events held
/// back, or anew. `scope` is the name of the namespace.
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
