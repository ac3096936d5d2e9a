//! Letters that are to be sent, and the tokens that they bring. A letter is written in the
//! transaction of the change that it is about, and sent later.

use std::fmt;

use domain::UserId;
use jiff::Timestamp;
use uuid::Uuid;

use crate::{PasswordHash, TokenDigest};

/// For this long an account gets no second letter of the same kind.
pub const LETTER_PAUSE_SECONDS: i64 = 60;

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
