//! This node's lease: for how long its clients' sessions count as those of clients who are here.

use super::contact::Contact;

/// How many renewals may fail one after the other before the lease is over.
pub(super) const RENEWALS_IN_LEASE: u32 = 4;

#[derive(Debug, Default)]
pub(super) struct Lease {
    pub(super) contact: Contact,
    pub(super) is_over: bool,
}
