//! What is known of one route.

use std::sync::Arc;

use super::seat_legs::SeatLegs;
use super::sitters::Sitters;
use crate::fair_use::Claims;
use crate::{Bus, Route};

/// A route, its bus, the holders of its seats' legs, and the unpaid ones among them.
#[derive(Clone, Debug)]
pub struct RouteFacts {
    pub route: Route,
    pub bus: Arc<Bus>,
    pub legs: SeatLegs,
    pub claims: Claims,
    /// Of its live tickets; `None` where no neighbour rule needs them.
    pub sitters: Option<Sitters>,
}
