//! Tokens of the operator's own identity provider: RS256 or EdDSA, checked with the keys at its
//! JWKS address (RFC 7517); a claim gives the roles.
//!
//! Invariant: a token's algorithm has to be its key's. A token signed with our own secret is never
//! checked here, and no key of the provider is ever used as a secret.
//!
//! Each bearer of a good token has an account (`accounts.rs`): it has no password, its role is the
//! one in the newest token, and it can be disabled like any other.

mod accounts;
mod claims;
mod fetch;
mod key_set;

use std::fmt;
use std::sync::Arc;
use std::time::{Duration, Instant};

use arc_swap::ArcSwapOption;
use booking::Source;
use domain::{Account, TokenGeneration, TokenId};
use store::Store;
use tokio::sync::Mutex;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use super::digests;
use super::tokens::Holder;
use super::unidentified::Unidentified;
use crate::config::ProviderConfig;
use accounts::Accounts;
use claims::Claims;
use fetch::Fetch;
use key_set::{Head, KeySet};

/// How often the keys are read again.
const REFRESH_SECONDS: u64 = 600;
/// A token with an unknown key makes the keys be read again, but not more often than this many
/// times within this time: any client can invent such tokens.
const REFETCHES_MAX: u32 = 3;
const REFETCH_SECONDS: u64 = 60;
/// How long the last keys are good while the provider does not answer.
const LAST_KNOWN_SECONDS: u64 = 24 * 3_600;

struct Known {
    keys: KeySet,
    at: Instant,
}

/// Cheap to clone.
#[derive(Clone)]
pub(crate) struct Provider(Arc<Inner>);

struct Inner {
    config: ProviderConfig,
    fetch: Fetch,
    accounts: Accounts,
    source: Source,
    known: ArcSwapOption<Known>,
    /// Held while the keys are read: callers that wait meanwhile share the answer.
    asked: Mutex<Asked>,
}

/// How often keys were read because of tokens lately. By the process's own time: a clock that is set
/// back must not keep the keys from being read.
#[derive(Default)]
struct Asked {
    since: Option<Instant>,
    times: u32,
}

impl Asked {
    fn may_again(&mut self, now: Instant) -> bool {
        let window = Duration::from_secs(REFETCH_SECONDS);
        if self.since.is_none_or(|since| now.saturating_duration_since(since) >= window) {
            *self = Self { since: Some(now), times: 0 };
        }
        self.times += 1;
        self.times <= REFETCHES_MAX
    }
}

impl fmt::Debug for Provider {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Provider").field("issuer", &self.0.config.issuer).finish_non_exhaustive()
    }
}

impl Provider {
    pub(crate) fn new(
        config: ProviderConfig,
        store: Arc<dyn Store>,
        source: Source,
    ) -> Result<Self, String> {
        let fetch = Fetch::new(&config.jwks_url)?;
        let accounts = Accounts::new(store);
        let (known, asked) = (ArcSwapOption::empty(), Mutex::new(Asked::default()));
        Ok(Self(Arc::new(Inner { config, fetch, accounts, source, known, asked })))
    }

    /// Reads the keys again and again until the server stops.
    pub(crate) async fn keep_up(self, stop: CancellationToken) {
        let every = Duration::from_secs(REFRESH_SECONDS);
        loop {
            let asked = self.0.asked.lock().await;
            self.refetch().await;
            drop(asked);
            if stop.run_until_cancelled(tokio::time::sleep(every)).await.is_none() {
                return;
            }
        }
    }

    /// Whether a token says that it is one of the provider's.
    pub(crate) fn is_meant(token: &str) -> bool {
        Head::of(token).is_some()
    }

    /// Who the bearer of this token is, and until when. The account is created if there is none.
    pub(crate) async fn holder(&self, token: &str) -> Result<Holder, Unidentified> {
        let head = Head::of(token).ok_or(Unidentified::BadToken)?;
        let body = self.signed(token, &head).await?;
        let now = self.0.source.now();
        let claims = Claims::read(&body, &self.0.config, now).ok_or(Unidentified::BadToken)?;
        let user_id = accounts::id_of(&self.0.config.issuer, &claims.subject);
        let actor = Account { user_id, role: claims.role };
        let mut token_id = [0; 16];
        token_id.copy_from_slice(&digests::of_token(token)[..16]);
        let holder = Holder {
            actor,
            token: TokenId(Uuid::from_bytes(token_id)),
            generation: TokenGeneration::default(),
            family: None,
            is_of_provider: true,
            expires: claims.expires,
        };
        self.0.accounts.with_account(holder, claims, now).await
    }

    /// The body of a token whose signature is good.
    async fn signed(&self, token: &str, head: &Head) -> Result<Vec<u8>, Unidentified> {
        let now = Instant::now();
        let is_known = || self.usable(now).is_some_and(|known| known.keys.has(head));
        if !is_known() {
            let mut asked = self.0.asked.lock().await;
            // A caller that waited for this lock has waited for the newest keys.
            if !is_known() && asked.may_again(now) {
                self.refetch().await;
            }
        }
        match self.usable(now) {
            Some(known) => known.keys.verified(token, head).ok_or(Unidentified::BadToken),
            // Without keys it is unknown whether the token is good.
            None => Err(Unidentified::NoKeys),
        }
    }

    fn usable(&self, now: Instant) -> Option<Arc<Known>> {
        let longest = Duration::from_secs(LAST_KNOWN_SECONDS);
        self.0.known.load_full().filter(|known| now.saturating_duration_since(known.at) <= longest)
    }

    async fn refetch(&self) {
        let now = Instant::now();
        let read = match self.0.fetch.document().await {
            Ok(document) => KeySet::read(&document).ok_or_else(|| "it is no key set".to_owned()),
            Err(error) => Err(error.to_string()),
        };
        match read {
            Ok(keys) => self.0.known.store(Some(Arc::new(Known { keys, at: now }))),
            Err(error) => tracing::warn!(
                %error,
                "the keys of the identity provider cannot be read (SEATWIRE_JWKS_URL)"
            ),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::limits::growing_wait::at;

    #[test]
    fn unknown_keys_make_the_keys_be_read_some_times_a_minute() {
        let mut asked = Asked::default();
        let mut times = |second| (0..10).filter(|_| asked.may_again(at(second))).count();
        assert_eq!([0, 59, 60, 60].map(&mut times), [3, 0, 3, 0]);
    }
}
