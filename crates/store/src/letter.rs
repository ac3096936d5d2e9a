//! Letters that are to be sent, and the tokens that they bring. A letter is written in the
//! transaction of the change that it is about, and sent later.

use std::fmt;

use domain::UserId;
use jiff::{SignedDuration, Timestamp};
use uuid::Uuid;

use crate::{PasswordHash, TokenDigest};

/// For this long an account gets no second letter of the same kind. The pause after each further one
/// is twice as long.
pub const LETTER_PAUSE_SECONDS: i64 = 60;

/// The longest pause, for a token that is good for longer. A token that ends earlier ends the pause:
/// whoever asks for letters in the name of others must not keep the owner from having a good one.
pub const LETTER_PAUSE_SECONDS_MAX: i64 = 24 * 3_600;

/// How long letters are counted after the last one's token has expired. Then the pauses begin anew.
pub const LETTERS_COUNTED_SECONDS: i64 = 24 * 3_600;

/// The last letter of one kind to one account, whose token was not used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LastLetter {
    /// How many there were, with this one.
    pub count: u32,
    /// When it was written.
    pub written_at: Timestamp,
    /// Until when its token may be used.
    pub expires_at: Timestamp,
}

impl LastLetter {
    /// The number of a letter that is asked for now; none: there is still a pause.
    pub fn next(last: Option<Self>, now: Timestamp) -> Option<u32> {
        let Some(last) = last else { return Some(1) };
        let age = now.duration_since(last.written_at);
        // The clock was set back: nobody knows how old it is.
        if age.is_negative() {
            return Some(1);
        }
        let counted = SignedDuration::from_secs(LETTERS_COUNTED_SECONDS);
        if now.duration_since(last.expires_at) >= counted {
            return Some(1);
        }
        (age >= last.pause()).then(|| last.count.saturating_add(1))
    }

    fn pause(self) -> SignedDuration {
        let doubled =
            LETTER_PAUSE_SECONDS.saturating_mul(2_i64.saturating_pow(self.count.saturating_sub(1)));
        let longest = SignedDuration::from_secs(doubled.min(LETTER_PAUSE_SECONDS_MAX));
        longest.min(self.expires_at.duration_since(self.written_at))
    }
}

/// Names a letter, also to mail servers: one that comes twice is known by it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LetterId(pub Uuid);

impl From<Uuid> for LetterId {
    fn from(id: Uuid) -> Self {
        Self(id)
    }
}

impl LetterId {
    /// When it was written, which its id begins with (RFC 9562, section 5.7).
    pub fn written_at(self) -> Timestamp {
        // 48 bits: none of our ids has a year beyond 10,000.
        let millis = i64::try_from(self.0.as_u128() >> 80).unwrap_or(i64::MAX);
        Timestamp::from_millisecond(millis).unwrap_or(Timestamp::MAX)
    }
}

/// Letters that are not sent yet.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct WaitingLetters {
    /// How many, counted up to [`COUNTED_MAX`](crate::COUNTED_MAX).
    pub count: u64,
    /// The oldest of them.
    pub oldest: Option<LetterId>,
}

/// What only the server can read. Does not print.
#[derive(Clone, PartialEq, Eq)]
pub struct Sealed(pub Vec<u8>);

impl fmt::Debug for Sealed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Sealed")
    }
}

/// A letter that a node has taken to send.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Letter {
    /// Its name.
    pub id: LetterId,
    /// What is to be sent, and to whom.
    pub sealed: Sealed,
    /// How often it was taken before.
    pub attempts: u32,
}

/// What the token in a letter is good for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TokenUse {
    /// A new password without the old one.
    Reset,
    /// To show that the address of the account reaches its owner.
    Verify,
}

impl TokenUse {
    /// As it is stored.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Reset => "RESET",
            Self::Verify => "VERIFY",
        }
    }
}

impl TokenUse {
    /// How many letters of this kind count for the next pause; `is_good`: no log-out everywhere has
    /// ended the last one's token. Of resets only the last counts then: nobody but the owner has
    /// done that, who must be able to get another one. Verifications are counted all the same:
    /// whoever asks for them can also end all tokens.
    pub fn counted(self, letters: u32, is_good: bool) -> u32 {
        match self {
            Self::Reset if !is_good => 1,
            Self::Reset | Self::Verify => letters,
        }
    }
}

/// A letter that brings a token. An account has one token for each use: the newest.
#[derive(Clone, Debug)]
pub struct TokenLetter {
    /// Of the token's text, which only the letter holds.
    pub digest: TokenDigest,
    /// Until when it may be used.
    pub expires_at: Timestamp,
    /// The letter's name.
    pub id: LetterId,
    /// The letter.
    pub sealed: Sealed,
}

/// What is done about letters. None of these is refused: the caller gets the same answer whether
/// there is an account or not.
#[derive(Clone)]
pub enum MailWrite {
    /// A caller says that the password of this address (in its normal form) is forgotten. Nothing
    /// happens unless an account in use, of our own, has the address and has proved that it reads
    /// its mail.
    SendReset {
        /// The address.
        email: String,
        /// What is sent to it.
        letter: TokenLetter,
    },
    /// Nothing happens once the address is verified, nor for an account of the identity provider.
    SendVerification {
        /// Whose address is to be verified.
        user_id: UserId,
        /// What is sent to it.
        letter: TokenLetter,
    },
    /// The answer is the account whose password it is now; none if the token is not good, or not
    /// any more. All tokens of the account end.
    Reset {
        /// Of the token that was shown.
        digest: TokenDigest,
        /// What the new password is compared with.
        hash: PasswordHash,
    },
    /// The answer is the account whose address is verified now; none if the token is not good.
    Verify {
        /// Of the token that was shown.
        digest: TokenDigest,
    },
    /// It could not be sent: it is due again at `due_at`.
    Later {
        /// Which one.
        id: LetterId,
        /// When it is to be tried again.
        due_at: Timestamp,
    },
    /// It was sent, or given up.
    Done(LetterId),
}

/// Without addresses, digests and letters.
impl fmt::Debug for MailWrite {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::SendReset { .. } => "SendReset",
            Self::SendVerification { .. } => "SendVerification",
            Self::Reset { .. } => "Reset",
            Self::Verify { .. } => "Verify",
            Self::Later { .. } => "Later",
            Self::Done(_) => "Done",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// After how many seconds each of these letters was written, if one is asked for each minute.
    fn letters(good_for_seconds: i64, days: i64) -> Vec<i64> {
        let at = |second| Timestamp::from_second(second).unwrap();
        let (mut last, mut written) = (None, Vec::new());
        for minute in 0..days * 24 * 60 {
            let now = at(minute * 60);
            if let Some(count) = LastLetter::next(last, now) {
                let expires_at = now + SignedDuration::from_secs(good_for_seconds);
                last = Some(LastLetter { count, written_at: now, expires_at });
                written.push(minute * 60);
            }
        }
        written
    }

    #[test]
    fn each_pause_is_twice_as_long_as_the_one_before() {
        let pauses =
            |of: &[i64]| of.windows(2).map(|two| (two[1] - two[0]) / 60).collect::<Vec<_>>();
        let resets = pauses(&letters(30 * 60, 1));
        assert_eq!(resets[..7], [1, 2, 4, 8, 16, 30, 30], "there is always a token that is good");
        let verifications = letters(24 * 3_600, 5);
        let expected = [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1_024, 1_440, 1_440, 1_440];
        assert_eq!(pauses(&verifications), expected);
    }

    #[test]
    fn a_day_after_the_last_token_or_a_clock_that_was_set_back_it_begins_anew() {
        let (written_at, good) = (Timestamp::UNIX_EPOCH, SignedDuration::from_mins(30));
        let last = LastLetter { count: 9, written_at, expires_at: written_at + good };
        let next =
            |seconds| LastLetter::next(Some(last), written_at + SignedDuration::from_secs(seconds));
        let day = LETTERS_COUNTED_SECONDS;
        assert_eq!([30 * 60 - 1, 30 * 60].map(next), [None, Some(10)]);
        assert_eq!([30 * 60 + day - 1, 30 * 60 + day].map(next), [Some(10), Some(1)]);
        assert_eq!(next(-1), Some(1));
    }
}
