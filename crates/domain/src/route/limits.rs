//! How much a route may have, and how far its times may move.

use crate::segment::STOPS_MAX;

pub const REST_STOPS_MAX: usize = 32;
pub const FARES_MAX: usize = STOPS_MAX * (STOPS_MAX - 1) / 2;

/// How far behind the times first sold an agent may move them (contract.md, `PATCH /routes/{id}`).
pub const DELAY_BY_AGENTS_HOURS_MAX: i64 = 3;
