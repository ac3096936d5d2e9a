//! A task of a room that does not come to its end.

/// What has to be done when the task panics or is dropped: the room must not stay marked as having
/// it. To be forgotten ([`std::mem::forget`]) where the task ends by itself.
pub(super) struct Abandoned<F: Fn()>(pub(super) F);

impl<F: Fn()> Drop for Abandoned<F> {
    fn drop(&mut self) {
        (self.0)();
    }
}
