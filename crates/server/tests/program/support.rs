//! The base of the tests: the server process, its callers, a company to test with.

pub mod api;
pub mod clock;
pub mod event_reader;
pub mod figures;
pub mod identity_number;
pub mod journeys;
pub mod mail_server;
pub mod postgres;
pub mod raw_connection;
pub mod record;
pub mod redacted;
pub mod running_server;
pub mod socket_io;
pub mod two_servers;
pub mod waiting;
pub mod websocket_frame;
pub mod world;
