//! Rows about orders to viewers. Nothing that is stored has changed.

use super::action::Action;
use super::difference::Difference;
use super::row::Audited;
use super::subject::Subject;
use super::value::Value;
use crate::viewer_order::{ViewerDeed, ViewerOrder, ViewersOf};

/// The notice is text that a person typed: the row says that there was a text, and not which.
pub fn of_viewer_order(order: &ViewerOrder) -> Audited {
    let subject = match order.viewers {
        ViewersOf::User(id) => Subject::User(id),
        ViewersOf::Route(id) => Subject::Route(id),
    };
    let (action, after) = match &order.deed {
        ViewerDeed::Disconnect => (Action::Disconnected, None),
        ViewerDeed::Notify(_) => (Action::Notified, Some(vec![("message", Value::Hidden)])),
    };
    Audited { after, ..Audited::about(subject, Difference::none(action)) }
}
