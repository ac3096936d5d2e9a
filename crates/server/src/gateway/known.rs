//! Who a viewer is known to be, and the privileges that this gives it now.

use std::sync::Arc;

use domain::Account;
use parking_lot::Mutex;

use crate::identity::tokens::Holder;

/// How many changes of accounts had been seen before the bearer of a token was looked up.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Changes(pub(super) u64);

/// An account, with the privileges that its token had when it was last checked.
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
