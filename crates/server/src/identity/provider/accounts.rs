//! The accounts of the provider's people: made with the first token, and their role is noted as the
//! newest one says it. The bearer's own right goes by the token alone, not by what is noted here.

use std::sync::Arc;
use std::time::{Duration, Instant};

use domain::{Account, Actor, Origin, User, UserId};
use jiff::Timestamp;
use quick_cache::sync::Cache;
use store::{AccountChange, CommandError, Envelope, PasswordHash, PeopleWrite, Store};

use super::claims::Claims;
use crate::identity::digests;
use crate::identity::tokens::Holder;
use crate::identity::unidentified::Unidentified;

/// How long this node waits until it notes another role of the same account: two tokens that say
/// different roles may be in use at once.
const ROLE_NOTED_SECONDS: u64 = 60;

/// Accounts of which it is known when their role was noted. The one that was not seen for the
/// longest time makes room.
const NOTED_MAX: usize = 4_096;

/// How long this node remembers that a person's account was deleted, and asks for none: their token
/// may be good for long, and each request would cost a write.
const GONE_SECONDS: u64 = 60;

/// Accounts of which it is known that they are gone.
const GONE_MAX: usize = 4_096;

/// Always the same id for the same person, and never for another.
pub(super) fn id_of(issuer: &str, subject: &str) -> UserId {
    let digest =
        digests::key_for("seatwire account of a provider", &format!("{issuer}\0{subject}"));
    let mut id = [0; 16];
    id.copy_from_slice(&digest[..16]);
    UserId(uuid::Builder::from_custom_bytes(id).into_uuid())
}

pub(super) struct Accounts {
    store: Arc<dyn Store>,
    noted: Noted,
    gone: Gone,
}

impl Accounts {
    pub(super) fn new(store: Arc<dyn Store>) -> Self {
        let (noted, gone) = (Noted(Cache::new(NOTED_MAX)), Gone(Cache::new(GONE_MAX)));
        Self { store, noted, gone }
    }

    /// The bearer, once an account is there.
    pub(super) async fn with_account(
        &self,
        holder: Holder,
        claims: Claims,
        now: Timestamp,
    ) -> Result<Holder, Unidentified> {
        let id = holder.actor.user_id;
        match self.store.account(id).await {
            Ok(Some(known)) => self.note_role(&known.user, &claims, now).await,
            Ok(None) if self.gone.knows(id, Instant::now()) => return Err(Unidentified::Gone),
            Ok(None) => self.make(id, claims, now).await?,
            Err(_) => return Err(Unidentified::Unknown(holder)),
        }
        Ok(holder)
    }

    /// Lists, and the rule that an administrator is left, go by the role that stands in the row.
    async fn note_role(&self, known: &User, claims: &Claims, now: Timestamp) {
        let is_new = known.role != claims.role && known.disabled_at.is_none();
        if !is_new || !self.noted.may_note(known.id, claims.issued, Instant::now()) {
            return;
        }
        let change = AccountChange::RoleByProvider(claims.role);
        let actor = Actor::from(Account { user_id: known.id, role: claims.role });
        let write = PeopleWrite::ChangeAccount(known.id, change);
        // It is tried again in a while. The last administrator keeps the role in the row.
        if let Err(error) = self.store.send(Envelope::new(write, actor, now)).await {
            let user_id = known.id;
            tracing::warn!(%user_id, %error, "the role that the provider says was not noted");
        }
    }

    async fn make(&self, id: UserId, claims: Claims, now: Timestamp) -> Result<(), Unidentified> {
        let user = User {
            id,
            email: claims.email,
            first_name: claims.first_name,
            last_name: claims.last_name,
            phone: None,
            role: claims.role,
            disabled_at: None,
            is_demo: false,
            origin: Origin::Provider,
            created_at: now,
            updated_at: now,
        };
        let actor = Actor::from(Account { user_id: id, role: claims.role });
        // No password has this hash.
        let write = PeopleWrite::CreateUser(user, PasswordHash(String::new()));
        match self.store.send(Envelope::new(write, actor, now)).await {
            Ok(_) => Ok(()),
            Err(CommandError::Store(error)) if error.is_of_the_moment() => {
                tracing::warn!(%error, "no account can be made now for a token of the provider");
                Err(Unidentified::NoKeys)
            }
            // The account was deleted.
            Err(error) => {
                // Two requests of one person at once: the other one has created it.
                if matches!(self.store.account(id).await, Ok(Some(_))) {
                    return Ok(());
                }
                if matches!(error, CommandError::Refused(_)) {
                    self.gone.note(id, Instant::now());
                }
                let user_id = id;
                tracing::warn!(%user_id, %error, "no account can be made for a token of the provider");
                Err(Unidentified::Gone)
            }
        }
    }
}

/// When this node noted the role of an account, and when the token was issued that said it.
struct Noted(Cache<UserId, (Instant, i64)>);

impl Noted {
    /// Whether the role in a token of this age may be noted; then it counts as noted.
    fn may_note(&self, id: UserId, issued: i64, now: Instant) -> bool {
        let pause = Duration::from_secs(ROLE_NOTED_SECONDS);
        let may = self.0.get(&id).is_none_or(|(at, newest)| {
            issued >= newest && now.saturating_duration_since(at) >= pause
        });
        if may {
            self.0.insert(id, (now, issued));
        }
        may
    }
}

/// Accounts that cannot be made again, and since when that is known.
struct Gone(Cache<UserId, Instant>);

impl Gone {
    fn note(&self, id: UserId, now: Instant) {
        self.0.insert(id, now);
    }

    fn knows(&self, id: UserId, now: Instant) -> bool {
        let long = Duration::from_secs(GONE_SECONDS);
        self.0.get(&id).is_some_and(|since| now.saturating_duration_since(since) < long)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::limits::growing_wait::at;

    #[test]
    fn a_role_is_noted_once_a_minute_and_never_by_an_older_token() {
        let noted = Noted(Cache::new(NOTED_MAX));
        let [one, other] =
            ["elif", "can"].map(|subject| id_of("https://id.firma.example", subject));
        assert!(noted.may_note(one, 100, at(0)));
        assert!(!noted.may_note(one, 101, at(0)) && !noted.may_note(one, 101, at(59)));
        assert!(noted.may_note(other, 50, at(1)), "each has its own minute");
        assert!(noted.may_note(one, 101, at(60)));
        assert!(!noted.may_note(one, 100, at(200)), "the newer token has said it");
        assert!(noted.may_note(one, 101, at(200)));
    }

    #[test]
    fn who_is_gone_is_asked_for_again_after_a_minute() {
        let gone = Gone(Cache::new(GONE_MAX));
        let [one, other] =
            ["elif", "can"].map(|subject| id_of("https://id.firma.example", subject));
        assert!(!gone.knows(one, at(0)));
        gone.note(one, at(0));
        assert!(gone.knows(one, at(59)) && !gone.knows(other, at(59)));
        assert!(!gone.knows(one, at(60)));
    }
}
