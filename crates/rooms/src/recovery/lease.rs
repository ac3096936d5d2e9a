//! This node's lease: for how long its clients count as connected.

use super::contact::Contact;

/// How many renewals may fail in a row before the lease is over.
pub(super) const RENEWALS_IN_LEASE: u32 = 4;

#[derive(Debug, Default)]
pub(super) struct Lease {
    pub(super) contact: Contact,
    pub(super) is_over: bool,
}
