//! The program through its real port: every answer of the REST side, who may ask for what, what is
//! done with bad input, and how it starts and stops.
//!
//! Each test starts the binary with a database of its own and knows nothing of its insides.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test that cannot go on panics")]
#![allow(clippy::print_stderr, reason = "a test that failed shows the log of its server")]
#![allow(unreachable_pub, reason = "a test binary has no outside")]

mod administration;
mod asyncapi;
mod audit;
mod audit_reading;
mod backups;
mod bad_bodies;
mod bad_bookings;
mod bad_connections;
mod bad_frames;
mod bad_heads;
mod bad_segments;
mod bad_timetable;
mod bad_values;
mod blocks;
mod bookings;
mod browser_safety;
mod bus_features;
mod certificate_reload;
mod churn;
mod compressed;
mod copy;
mod cross_origin;
mod crowds;
mod data_keys;
mod database_files;
mod delays;
mod delivery;
mod departed;
mod deployed;
mod doctor;
mod documents;
mod encrypted;
mod ended_tokens;
mod fair_use;
mod floods;
mod guest_bookings;
mod guests;
mod holds;
mod idempotency;
mod idle_connections;
mod if_match;
mod last_known;
mod letters;
mod lists_at_once;
mod log_privacy;
mod login_attempts;
mod login_storm;
mod metrics;
mod neighbour_rule;
mod nodes;
mod older_frontends;
mod one_history;
mod open_answers;
mod openapi;
mod people;
mod permissions;
mod personal_data;
mod postgres;
mod postgres_tools;
mod privacy;
mod privileges_end;
mod provider_tokens;
mod proxies;
mod rate_limits;
mod redis;
mod refreshing;
mod refusals;
mod restart;
mod resuming_streams;
mod route_search;
mod seat_layouts;
mod second_factors;
mod sent_back;
mod shapes;
mod slow_viewer;
mod sockets;
mod spellings;
mod staff_only;
mod start_up;
mod stopping;
mod strict_bodies;
mod support;
mod ticket_search;
mod tokens;
mod traces;
mod tracking;
mod unknown_parameters;
mod users;
mod wrong_pairs;
