//! What the audit says of a change (contract.md, `GET /audit`): what was done with what, and what
//! of it is different.
//!
//! Invariant: it follows from a thing before and after, and no command says it a second time. For
//! personal data (names, numbers, addresses, words that people typed) a row has the field's name
//! and never the value. Each thing is described by all of its fields by name, so that a new field
//! does not compile until someone decides whether it is personal.

mod action;
mod catalogue;
mod difference;
mod inventory;
mod people;
mod reading;
mod row;
mod subject;
mod value;
mod viewers;

pub use action::Action;
pub use catalogue::{of_bus, of_bus_token, of_feature, of_layout, of_route, of_station};
pub use inventory::{Terms, of_applied, of_block, of_booking, of_hold, of_ticket};
pub use people::{
    of_deleted_user, of_password, of_recovery_code, of_revoked_tokens, of_second_factor, of_user,
    of_verified_email,
};
pub use reading::{SHOWN_MAX, Shown};
pub use row::Audited;
pub use subject::Subject;
pub use value::{Fields, Value};
pub use viewers::of_viewer_order;

#[cfg(test)]
mod tests;
