//! The second factor of an account: a secret that its owner's telephone makes codes of (TOTP, RFC 6238), and
//! codes for the day on which it is lost.

use domain::audit::{self, Audited};
use domain::{User, UserId};

use crate::{Sealed, TokenDigest};

/// What stands for an account that has one, or is about to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SecondFactor {
    /// The secret.
    pub sealed: Sealed,
    /// Its owner has shown a code: from then on a login needs one.
    pub is_confirmed: bool,
}

/// What is done about second factors. Answered with whose it is, or with nobody where it did not happen.
#[derive(Clone, Debug)]
pub enum FactorWrite {
    /// In place of one that is not confirmed yet. Does not happen once there is one that is.
    Enrol {
        /// Whose.
        user_id: UserId,
        /// The secret.
        sealed: Sealed,
    },
    /// A code of this step was right: from now on one is asked for.
    Confirm {
        /// Whose.
        user_id: UserId,
        /// Which code: the number of its half minute.
        step: i64,
        /// Of the codes for the day on which the telephone is lost; each is good once.
        recovery: Vec<TokenDigest>,
    },
    /// A code of this step was right. Does not happen if this one, or a later one, was used before.
    UseStep {
        /// Whose.
        user_id: UserId,
        /// The number of its half minute.
        step: i64,
        /// The secret, sealed anew; `None`: as it is.
        sealed: Option<Sealed>,
    },
    /// Uses a code up.
    UseRecovery {
        /// Whose.
        user_id: UserId,
        /// Of the code that was shown.
        digest: TokenDigest,
    },
    /// A login needs the password alone again.
    Disable {
        /// Whose.
        user_id: UserId,
    },
}

impl FactorWrite {
    /// What the audit says of it, when it has happened. A code that is used is no change of the account, but
    /// for one that is used up.
    pub fn audited(&self, user: &User) -> Option<Audited> {
        match self {
            Self::Enrol { .. } | Self::UseStep { .. } => None,
            Self::Confirm { .. } => Some(audit::of_second_factor(user, true)),
            Self::Disable { .. } => Some(audit::of_second_factor(user, false)),
            Self::UseRecovery { .. } => Some(audit::of_recovery_code(user)),
        }
    }
}
