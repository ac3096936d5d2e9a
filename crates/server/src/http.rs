//! HTTP: every route, what surrounds them, and one file per thing that can be asked.

pub(crate) mod auth;
mod bad_fields;
pub(crate) mod buses;
pub(crate) mod caller;
pub(crate) mod event_stream;
pub(crate) mod health;
pub(crate) mod known_parameters;
pub(crate) mod middleware;
pub(crate) mod openapi;
pub(crate) mod origin;
pub(crate) mod pages;
pub(crate) mod payload;
pub(crate) mod payments;
pub(crate) mod problem;
pub(crate) mod request_body;
mod request_head;
pub(crate) mod route_search;
pub(crate) mod router;
pub(crate) mod routes;
pub(crate) mod stations;
pub(crate) mod strict_json;
pub(crate) mod ticket_lookup;
mod ticket_search;
pub(crate) mod tickets;
pub(crate) mod websocket_stats;
mod whole_body;
pub(crate) mod wire;
