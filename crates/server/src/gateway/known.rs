//! Who a viewer is known to be, and what that is worth now.

use std::sync::Arc;

use domain::Account;
use parking_lot::Mutex;

use crate::identity::tokens::Holder;

/// How many changes of accounts had been seen when it was asked who the bearer of a token is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Changes(pub(super) u64);

/// An account, as what its token was worth when it was last looked at.
#[derive(Debug)]
pub(crate) struct Known {
    pub(crate) holder: Holder,
    pub(crate) changes: Changes,
    caller: Mutex<Option<Account>>,
}

impl Known {
    pub(super) fn new(holder: Holder, caller: Option<Account>, changes: Changes) -> Arc<Self> {
        Arc::new(Self { caller: Mutex::new(caller), holder, changes })
    }

    pub(crate) fn caller(&self) -> Option<Account> {
        *self.caller.lock()
    }

    pub(crate) fn becomes(&self, caller: Option<Account>) {
        *self.caller.lock() = caller;
    }
}
