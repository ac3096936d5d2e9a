//! The second factor of an account: a secret from which its owner's telephone makes codes (TOTP,
//! RFC 6238), and codes for a lost telephone.

use domain::audit::{self, Audited};
use domain::{Origin, User, UserId};

use crate::{Sealed, TokenDigest};

/// The second factor of an account, confirmed or not yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SecondFactor {
    /// The secret.
    pub sealed: Sealed,
    /// Its owner has entered a code: from then on a login needs one.
    pub is_confirmed: bool,
}

/// What is done about second factors. The answer is the account, or none where nothing happened.
#[derive(Clone, Debug)]
pub enum FactorWrite {
    /// Replaces one that is not confirmed yet. Nothing happens once one is confirmed.
    Enrol {
        /// Whose.
        user_id: UserId,
        /// The secret.
        sealed: Sealed,
    },
    /// A code of this step was right: from now on a login needs one.
    Confirm {
        /// Whose.
        user_id: UserId,
        /// The secret whose code it is. Nothing happens if there is another one by now.
        sealed: Sealed,
        /// Which code: the number of its half minute.
        step: i64,
        /// Of the codes for a lost telephone; each is good once.
        recovery: Vec<TokenDigest>,
    },
    /// A code of this step was right. Nothing happens if this one, or a later one, was used before.
    UseStep {
        /// Whose.
        user_id: UserId,
        /// The number of its half minute.
        step: i64,
        /// The secret, sealed again; `None`: it stays as it is.
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
    /// Whose.
    pub fn user_id(&self) -> UserId {
        match self {
            Self::Enrol { user_id, .. }
            | Self::Confirm { user_id, .. }
            | Self::UseStep { user_id, .. }
            | Self::UseRecovery { user_id, .. }
            | Self::Disable { user_id } => *user_id,
        }
    }

    /// Whether it is for an account of this origin. One of the provider's has its second factor
    /// there; what an earlier version has made here may be taken away.
    pub fn fits_origin(&self, origin: Origin) -> bool {
        origin == Origin::Own || matches!(self, Self::Disable { .. })
    }

    /// What the audit says of it, when it has happened. The use of a code is no change of the
    /// account, except a recovery code, which is used up.
    pub fn audited(&self, user: &User) -> Option<Audited> {
        match self {
            Self::Enrol { .. } | Self::UseStep { .. } => None,
            Self::Confirm { .. } => Some(audit::of_second_factor(user, true)),
            Self::Disable { .. } => Some(audit::of_second_factor(user, false)),
            Self::UseRecovery { .. } => Some(audit::of_recovery_code(user)),
        }
    }
}
