//! The JSON shapes of the contract, and how the domain's values become them.
//!
//! One file per thing. Nothing here decides anything; a field's name and form are promises, checked
//! by snapshots in `tests/`.

pub(crate) mod audience;
pub(crate) mod audit;
pub(crate) mod booking;
pub(crate) mod bus;
pub(crate) mod bus_feature;
pub(crate) mod hold;
pub(crate) mod layout;
pub(crate) mod list;
pub(crate) mod list_at_once;
mod night_note;
pub(crate) mod payment;
pub(crate) mod personal_data;
pub(crate) mod public_ticket;
pub(crate) mod route;
pub(crate) mod route_form;
pub(crate) mod route_lists;
pub(crate) mod scalar;
pub(crate) mod search_hit;
pub(crate) mod socket;
pub(crate) mod station;
pub(crate) mod ticket;
pub(crate) mod tracking;
pub(crate) mod user;
mod written;
