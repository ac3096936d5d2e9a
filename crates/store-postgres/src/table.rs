//! The tables: one module for each, its rows and its statements.

pub(crate) mod audit_list;
pub(crate) mod booking;
pub(crate) mod bus;
pub(crate) mod bus_feature;
pub(crate) mod bus_position;
mod bus_time;
pub(crate) mod bus_token;
pub(crate) mod figures;
mod newest;
pub(crate) mod payment;
pub(crate) mod payment_history;
pub(crate) mod route;
pub(crate) mod route_event;
pub(crate) mod route_search;
pub(crate) mod route_view;
pub(crate) mod seat;
pub(crate) mod seat_layout;
pub(crate) mod segment;
pub(crate) mod station;
pub(crate) mod ticket;
mod ticket_driver;
pub(crate) mod ticket_list;
pub(crate) mod ticket_view;
pub(crate) mod user;
