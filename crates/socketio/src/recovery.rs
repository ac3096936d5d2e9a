//! Connection state recovery for stock clients: what they show, and as what their sessions are kept.
//!
//! What a stock client (JavaScript, 4.6 and later) does: it keeps the `pid` that came with the
//! connection and the offset that came as last argument of an event, and shows both when it connects
//! again. Here the pid is a secret whose hash finds a session, and the offset says how far the client
//! got. All the rest is [`rooms::recovery`].
//!
//! Off unless [`Builder::recovery`](crate::Builder::recovery) is called.

use std::sync::{Arc, Weak};

use async_trait::async_trait;
use rooms::recovery::{Arrival, Back, Keeper, KeptSession, Replaceable};
use rooms::{CloseReason, HistoryError, JoinError, View};

use crate::broadcast;
use crate::namespace::ConnectRequest;
use crate::session::Session;
use crate::session_keeper::{KeeperError, SavedSession, SessionKeeper, SessionKey};
use crate::sid::Sid;

/// The sessions of one server that may be come back to.
pub(crate) type Recovery = rooms::recovery::Recovery<Sessions>;

/// A socket whose client may come back.
pub(crate) type Returning = rooms::recovery::Returning<Sessions>;

/// How a client may come back; see [`Accept::recovery`](crate::Accept).
#[derive(Clone, Copy, Debug, Default)]
pub struct Recoverable {
    /// Whose session it is: only a client that is accepted with the same one gets it back.
    pub owner: Option<u128>,
    /// How it sees the rooms that it comes back to; `None` if it only [enters](crate::Socket::enter)
    /// rooms. The channel is always this namespace's.
    pub view: Option<View>,
}

/// The index of a namespace that an earlier process had: there are never so many, so a session of it
/// is somebody else's until it is there again.
const NO_LONGER: u8 = u8::MAX;

/// Whose a session is, and in which namespace.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Owner {
    owner: Option<u128>,
    namespace: u8,
}

/// Sessions as the application's keeper has them: with the names of their namespaces, which outlive
/// the process.
pub(crate) struct Sessions {
    pub(crate) keeper: Arc<dyn SessionKeeper>,
    pub(crate) namespaces: Vec<Box<str>>,
}

#[async_trait]
impl Keeper for Sessions {
    type Key = SessionKey;
    type Owner = Owner;
    type Name = Sid;

    async fn save(&self, key: SessionKey, session: &KeptSession<Self>) -> Result<(), KeeperError> {
        let Owner { owner, namespace } = session.owner;
        let namespace = self.namespaces.get(usize::from(namespace)).cloned().unwrap_or_default();
        let stays = session.stays.clone();
        let saved = SavedSession { sid: session.name, owner, namespace, stays };
        self.keeper.save(key, &saved).await
    }

    async fn find(&self, key: SessionKey) -> Result<Option<KeptSession<Self>>, KeeperError> {
        let Some(saved) = self.keeper.find(key).await? else { return Ok(None) };
        let SavedSession { sid, owner, namespace, stays } = saved;
        let at = self.namespaces.iter().position(|known| *known == namespace);
        let namespace = at.and_then(|at| u8::try_from(at).ok()).unwrap_or(NO_LONGER);
        Ok(Some(KeptSession { owner: Owner { owner, namespace }, name: sid, stays }))
    }

    async fn forget(&self, keys: &[SessionKey]) -> Result<(), KeeperError> {
        self.keeper.forget(keys).await
    }

    async fn keys(&self) -> Result<Vec<SessionKey>, KeeperError> {
        self.keeper.keys().await
    }
}

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
    pub(crate) returning: Arc<Returning>,
    pub(crate) pid: Sid,
}

/// The client must come again: it cannot be said now where it was.
pub(crate) struct TryAgain;

/// Lets a client in that has been accepted: where it was, with its rooms joined and their events held
/// back, or anew.
pub(crate) async fn admit(
    recovery: &Recovery,
    session: &Arc<Session>,
    namespace: u8,
    as_what: Recoverable,
    sid: Option<Sid>,
    shown: &Shown,
) -> Result<Admitted, TryAgain> {
    let connection: Weak<Session> = Arc::downgrade(session);
    let owner = Owner { owner: as_what.owner, namespace };
    let offset = shown.offset.as_deref();
    let arrival = Arrival { viewer: session.viewer(), channel: namespace, owner, offset };
    if let Some(pid) = shown.pid {
        let view =
            |sid: &Sid| as_what.view.unwrap_or_else(|| broadcast::view(namespace, *sid, true));
        match recovery.come_back(connection.clone(), arrival, SessionKey::of(pid), view).await {
            Back::Recovered(returning) => return Ok(Admitted { returning, pid }),
            Back::TryAgain => return Err(TryAgain),
            Back::Unknown | Back::Foreign | Back::Unrestorable => {}
        }
    }
    let pid = Sid::random().map_err(|_| TryAgain)?;
    let sid = sid.map_or_else(Sid::random, Ok).map_err(|_| TryAgain)?;
    let returning = recovery.begin(connection, arrival, SessionKey::of(pid), sid);
    Ok(Admitted { returning, pid })
}

/// For a new [`Stay`](rooms::Stay).
pub(crate) fn ticket() -> Result<u64, JoinError> {
    let drawn = Sid::random().map_err(|error| JoinError::History(HistoryError::new(error)))?;
    // The lower half of the random bits.
    Ok(u64::try_from(drawn.number() & u128::from(u64::MAX)).unwrap_or_default())
}
