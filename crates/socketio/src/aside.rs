//! The rare parts of a session, behind one pointer that is null while there are none.

use crate::acknowledged::Awaited;
use crate::attachments::Partial;
use crate::entered::{Disconnected, Entered};
use crate::pace::Spent;

#[derive(Default)]
pub(crate) struct Aside(Option<Box<Kept>>);

#[derive(Default)]
pub(crate) struct Kept {
    /// Namespaces that the client has left; the application was not called for them yet.
    pub(crate) leavers: Vec<(Entered, Disconnected)>,
    /// A binary packet whose attachments have not all come.
    pub(crate) partial: Option<Partial>,
    /// Attachments that are still to come and are not kept.
    pub(crate) unwanted: usize,
    /// The allowance spent on messages that were refused because there were too many.
    pub(crate) refused: Option<Spent>,
    /// The application trusts the client ([`Socket::trust`](crate::Socket::trust)).
    pub(crate) is_trusted: bool,
    /// Answers that the client owes.
    pub(crate) awaited: Vec<Awaited>,
    /// The client is in no namespace, and it was told that its connection did not begin.
    pub(crate) is_told_unbegun: bool,
}

impl Aside {
    pub(crate) fn get(&self) -> Option<&Kept> {
        self.0.as_deref()
    }

    /// Reads or changes what is kept; if it is empty afterwards, it is not kept.
    pub(crate) fn with<T>(&mut self, change: impl FnOnce(&mut Kept) -> T) -> T {
        let kept = self.0.get_or_insert_default();
        let result = change(kept);
        if kept.is_empty() {
            self.0 = None;
        }
        result
    }
}

impl Kept {
    /// Attachments of a packet are still to come.
    pub(crate) fn wants_bytes(&self) -> bool {
        self.partial.is_some() || self.unwanted > 0
    }

    fn is_empty(&self) -> bool {
        self.leavers.is_empty()
            && self.partial.is_none()
            && self.unwanted == 0
            && self.refused.is_none()
            && self.awaited.is_empty()
            && !self.is_trusted
            && !self.is_told_unbegun
    }
}
