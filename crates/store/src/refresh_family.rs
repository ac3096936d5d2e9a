//! A login that is refreshed by tokens that are each used once, and which of them is good.
//!
//! Invariant: in a family, one token is the next. The one before it still gets the same next one
//! for [`REFRESH_REPEAT_SECONDS_MAX`]: its owner may not have got the answer. Any other was used
//! before, by its owner or by a thief, and the two cannot be told apart: so the family ends. A text
//! that never was its token ends nothing: anybody who knows the family's id can send one.

use domain::{FamilyId, Origin, TokenGeneration, UserId};
use jiff::{SignedDuration, Timestamp};

use crate::{AccountState, TokenDigest};

/// Logins of one account that may go on: one more ends that of the others which would end first.
pub const REFRESH_FAMILIES_MAX: usize = 50;

/// For this long, the last token that was used gets the same next one again: a client that lost the
/// answer asks again. With a longer time, a thief of a token could use it beside its owner for
/// longer without being noticed.
pub const REFRESH_REPEAT_SECONDS_MAX: i64 = 30;

/// How far the clocks of two servers may be apart: one may be asked just after the other.
pub const REFRESH_CLOCKS_APART_SECONDS_MAX: i64 = 1;

/// What a login goes on with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RefreshToken {
    /// The login.
    pub family: FamilyId,
    /// Of the token's text, which is not stored.
    pub digest: TokenDigest,
    /// Of the text that the server's secret before this one makes in its place: whoever was told
    /// that one is told it again.
    pub digest_before: Option<TokenDigest>,
    /// Until when it may be shown.
    pub expires_at: Timestamp,
}

/// A login, as a driver keeps it.
#[derive(Clone, Copy, Debug)]
pub struct RefreshFamily {
    /// Whose login it is.
    pub user_id: UserId,
    /// What the account's tokens were when it began: a later one ends it.
    pub generation: TokenGeneration,
    /// Of the next token.
    pub digest: TokenDigest,
    /// Until when the next token may be shown.
    pub expires_at: Timestamp,
    /// The token before, and when it was used.
    pub shown_before: Option<(TokenDigest, Timestamp)>,
}

impl RefreshFamily {
    /// Whether this token was the last one used, and is used again soon by a client that did not
    /// get `next`.
    pub fn is_repeat(&self, shown: TokenDigest, next: &RefreshToken, now: Timestamp) -> bool {
        let repeat = SignedDuration::from_secs(REFRESH_REPEAT_SECONDS_MAX);
        // Servers may read the database's clock a little apart. An age far below zero is of a clock
        // that was set back: nobody knows how old the token is, so it is too old.
        let apart = SignedDuration::from_secs(-REFRESH_CLOCKS_APART_SECONDS_MAX);
        let is_soon = |at| (apart..repeat).contains(&now.duration_since(at));
        (self.digest == next.digest || Some(self.digest) == next.digest_before)
            && self.shown_before.is_some_and(|(before, at)| before == shown && is_soon(at))
    }

    /// Whether a text that does not go on with the login ends it: it was a token of the login once.
    /// Tokens of an earlier version have no mark; of them the last two are known.
    pub fn ends_by(&self, shown: TokenDigest, made_here: bool) -> bool {
        let was_before = || self.shown_before.is_some_and(|(before, _)| before == shown);
        made_here || self.digest == shown || was_before()
    }

    /// Whether the login goes on: `shown` is the next token, or the one before it shown again, it
    /// has not expired, and the account is as it was when the login began.
    pub fn goes_on(
        &self,
        account: &AccountState,
        shown: TokenDigest,
        next: &RefreshToken,
        now: Timestamp,
    ) -> bool {
        (self.digest == shown || self.is_repeat(shown, next, now))
            && self.expires_at > now
            && account.generation == self.generation
            && account.user.disabled_at.is_none()
            && account.user.origin == Origin::Own
    }
}
