//! Who the bearer of a token is: one answer for HTTP, SSE, Socket.IO and plain WebSocket.
//!
//! A good signature is not enough. The account must still exist, must not be disabled and must not
//! have ended this token (logout, a new password), and its present role counts. After the database
//! was replaced, the tokens of its users still have good signatures, but their accounts are gone.
//!
//! A store that does not answer is no reason to refuse a caller: its last answer counts, for
//! [`LAST_KNOWN_SECONDS`]. After that the caller is unknown, and the error says so. How old an answer
//! is goes by the process's own time, which never goes back.

use std::sync::Arc;
use std::time::{Duration, Instant};

use booking::Source;
use domain::{Account, Origin, UserId};
use quick_cache::sync::Cache;
use store::{AccountState, People};

use super::provider::Provider;
use super::tokens::{Holder, Tokens};
use super::unidentified::Unidentified;

/// How long the last answer about an account counts while the store does not answer. Together with
/// the time between two checks of open sockets it is less than the minute that is promised.
const LAST_KNOWN_SECONDS: u64 = 50;

/// After this time an answer that has not changed is noted again.
const FRESH_SECONDS: u64 = 5;

/// Accounts whose last answer is kept; the store caches most of them too. The account that was not
/// seen for the longest time makes room.
const ACCOUNTS_MAX: usize = 4_096;

/// Cheap to clone.
#[derive(Clone)]
pub(crate) struct Callers {
    tokens: Arc<Tokens>,
    store: Arc<dyn People>,
    source: Source,
    seen: Arc<Cache<UserId, Seen>>,
    /// `None`: only our own tokens are taken.
    provider: Option<Provider>,
}

/// What the store answered about an account.
#[derive(Clone, Debug)]
struct Seen {
    /// `None`: there is no account.
    account: Option<Arc<AccountState>>,
    at: Instant,
}

impl Callers {
    pub(crate) fn new(tokens: Arc<Tokens>, store: Arc<dyn People>, source: Source) -> Self {
        Self { tokens, store, source, seen: Arc::new(Cache::new(ACCOUNTS_MAX)), provider: None }
    }

    /// Accepts the tokens of an identity provider, too.
    pub(crate) fn with_provider(self, provider: Option<Provider>) -> Self {
        Self { provider, ..self }
    }

    /// Who the bearer of this token is, in the account's present role, and until when.
    pub(crate) async fn identify(&self, token: &str) -> Result<Holder, Unidentified> {
        // The token itself says whose it is; it has to be signed with the matching key, so a lie
        // gains nothing.
        if let Some(provider) = &self.provider
            && Provider::is_meant(token)
        {
            return match provider.holder(token).await {
                // The store did not say whether there is an account yet.
                Err(Unidentified::Unknown(holder)) => self.by_last_known(holder, Instant::now()),
                holder => self.stands(holder?).await,
            };
        }
        self.stands(self.tokens.holder(token, self.source.now())?).await
    }

    /// The same for a token that was checked before.
    pub(crate) async fn stands(&self, holder: Holder) -> Result<Holder, Unidentified> {
        self.stands_at(holder, Instant::now()).await
    }

    /// `now` is from before the query: the answer is at least as new.
    async fn stands_at(&self, holder: Holder, now: Instant) -> Result<Holder, Unidentified> {
        if holder.expires <= self.source.now().as_second() {
            return Err(Unidentified::BadToken);
        }
        let id = holder.actor.user_id;
        match self.store.account(id).await {
            Ok(account) => judged(holder, self.saw(id, account, now)),
            Err(error) => {
                let known = self.by_last_known(holder, now);
                if matches!(known, Err(Unidentified::Unknown(_))) {
                    tracing::warn!(%error, "an account could not be looked up");
                }
                known
            }
        }
    }

    /// While the store does not answer: by what it said lately, if it did.
    fn by_last_known(&self, holder: Holder, now: Instant) -> Result<Holder, Unidentified> {
        match self.last_known(holder.actor.user_id, now) {
            Some(seen) => judged(holder, seen.account),
            None => Err(Unidentified::Unknown(holder)),
        }
    }

    fn saw(
        &self,
        id: UserId,
        account: Option<Arc<AccountState>>,
        at: Instant,
    ) -> Option<Arc<AccountState>> {
        let is_fresh = |seen: &Seen| {
            seen.account == account
                && at.saturating_duration_since(seen.at) < Duration::from_secs(FRESH_SECONDS)
        };
        if !self.seen.get(&id).is_some_and(|seen| is_fresh(&seen)) {
            self.seen.insert(id, Seen { account: account.clone(), at });
        }
        account
    }

    fn last_known(&self, id: UserId, now: Instant) -> Option<Seen> {
        let seen = self.seen.get(&id)?;
        let age = now.saturating_duration_since(seen.at);
        (age <= Duration::from_secs(LAST_KNOWN_SECONDS)).then_some(seen)
    }
}

/// Whether the bearer of a good token is let in, by what is known of the account.
fn judged(holder: Holder, account: Option<Arc<AccountState>>) -> Result<Holder, Unidentified> {
    let account = account.ok_or(Unidentified::Gone)?;
    if account.user.disabled_at.is_some() {
        return Err(Unidentified::Disabled);
    }
    // What an earlier version gave out to one of the provider's people.
    if account.user.origin == Origin::Provider && !holder.is_of_provider {
        return Err(Unidentified::Revoked);
    }
    if holder.is_of_provider {
        // Generations are only for our own tokens; the provider decides the role.
        return if account.revoked.contains(&holder.token) {
            Err(Unidentified::Revoked)
        } else {
            Ok(holder)
        };
    }
    if !account.takes(holder.generation, holder.token) {
        return Err(Unidentified::Revoked);
    }
    Ok(Holder { actor: Account { role: account.user.role, ..holder.actor }, ..holder })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::limits::growing_wait;
    use async_trait::async_trait;
    use domain::passenger::Phone;
    use domain::{Role, TokenGeneration, TokenId, User};
    use jiff::Timestamp;
    use parking_lot::Mutex;
    use store::{
        Credentials, Page, Paged, SecondFactor, StoreError, TokenDigest, TokenUse, UserFilter,
        WaitingLetters,
    };
    use uuid::Uuid;

    /// Answers the same for every account; `None`: it does not answer.
    struct Told(Mutex<Option<Option<AccountState>>>);

    #[async_trait]
    impl People for Told {
        async fn user(&self, _: UserId) -> Result<Option<User>, StoreError> {
            Err(StoreError::Busy)
        }

        async fn account(&self, _: UserId) -> Result<Option<Arc<AccountState>>, StoreError> {
            Ok(self.0.lock().clone().ok_or(StoreError::Busy)?.map(Arc::new))
        }

        async fn users_with_phone(&self, _: Phone) -> Result<Vec<User>, StoreError> {
            unreachable!("nobody asks for them")
        }
        async fn users(&self, _: UserFilter, _: Page) -> Result<Paged<User>, StoreError> {
            Err(StoreError::Busy)
        }

        async fn look_for_changed_accounts(&self) -> Result<(), StoreError> {
            Err(StoreError::Busy)
        }

        async fn mail_token_holder(
            &self,
            _: TokenUse,
            _: TokenDigest,
            _: Timestamp,
        ) -> Result<Option<User>, StoreError> {
            Err(StoreError::Busy)
        }

        async fn second_factor(&self, _: UserId) -> Result<Option<SecondFactor>, StoreError> {
            Err(StoreError::Busy)
        }

        async fn letters_are_due(&self, _: Timestamp) -> Result<bool, StoreError> {
            Err(StoreError::Busy)
        }

        async fn waiting_letters(&self) -> Result<WaitingLetters, StoreError> {
            Err(StoreError::Busy)
        }

        async fn credentials(&self, _: &str) -> Result<Option<Credentials>, StoreError> {
            Err(StoreError::Busy)
        }
    }

    fn user(role: Role) -> User {
        User {
            id: UserId(Uuid::from_u128(7)),
            email: "a@b.cd".into(),
            first_name: "A".into(),
            last_name: "B".into(),
            phone: None,
            role,
            disabled_at: None,
            is_demo: false,
            origin: Origin::Own,
            created_at: Timestamp::UNIX_EPOCH,
            updated_at: Timestamp::UNIX_EPOCH,
        }
    }

    fn state(user: User) -> AccountState {
        AccountState { user, generation: TokenGeneration(2), spared: None, revoked: Vec::new() }
    }

    #[tokio::test]
    async fn what_was_said_last_counts_for_a_while() {
        let tokens = Arc::new(Tokens::new(&"s".repeat(32), None, Duration::from_secs(100_000)));
        let source = Source::system();
        let token = tokens
            .issue(&user(Role::Agent), TokenGeneration(2), None, Uuid::nil(), source.now())
            .unwrap();
        let holder = tokens.holder(&token, source.now()).unwrap();
        let told = Arc::new(Told(Mutex::new(None)));
        let callers = Callers::new(tokens, told.clone(), source);
        let clock = Mutex::new(0);
        let role = async || {
            let now = growing_wait::at(*clock.lock());
            callers.stands_at(holder, now).await.map(|holder| holder.actor.role)
        };
        let is_unknown = |answer| matches!(answer, Err(Unidentified::Unknown(_)));
        let goes = |seconds: u64| *clock.lock() += seconds;

        assert!(is_unknown(role().await), "nobody has ever said who that is");
        let disabled = User { disabled_at: Some(Timestamp::UNIX_EPOCH), ..user(Role::Admin) };
        let admin = state(user(Role::Admin));
        let (this, generation) = (TokenId(Uuid::nil()), TokenGeneration(3));
        let ended = AccountState { revoked: vec![this], ..admin.clone() };
        let all_ended = AccountState { generation, ..admin.clone() };
        let spared = AccountState { spared: Some(this), ..all_ended.clone() };
        let of_provider = state(User { origin: Origin::Provider, ..user(Role::Admin) });
        let said = [
            (Some(state(user(Role::Customer))), Ok(Role::Customer)),
            (Some(state(disabled)), Err(Unidentified::Disabled)),
            (None, Err(Unidentified::Gone)),
            (Some(ended), Err(Unidentified::Revoked)),
            (Some(all_ended), Err(Unidentified::Revoked)),
            (Some(spared), Ok(Role::Admin)),
            (Some(of_provider), Err(Unidentified::Revoked)),
            (Some(admin), Ok(Role::Admin)),
        ];
        for (account, expected) in said {
            *told.0.lock() = Some(account);
            assert_eq!(role().await, expected);
            *told.0.lock() = None;
            goes(LAST_KNOWN_SECONDS);
            assert_eq!(role().await, expected, "as it was said last");
            goes(1);
            assert!(is_unknown(role().await), "and not for ever");
        }
        assert_eq!(callers.identify("a.b.c").await, Err(Unidentified::BadToken));
    }
}
