//! **Hold** and **Block**: seats that are kept from others without a ticket.

use domain::{Block, Hold, SeatNumber};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use super::scalar::Time;
use crate::identity::hold_token::HoldToken;

#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct NewHold {
    pub(crate) route_id: Uuid,
    pub(crate) from_city: String,
    pub(crate) to_city: String,
    /// 1 to 10 seats, none twice.
    pub(crate) seat_numbers: Vec<i64>,
}

#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Hold)]
pub(crate) struct HoldBody {
    /// A secret: any caller that has it may extend the hold, release it, or book its seats.
    hold_token: String,
    route_id: Uuid,
    from_stop_index: u8,
    to_stop_index: u8,
    seat_numbers: Vec<u16>,
    expires_at: Time,
}

impl HoldBody {
    pub(crate) fn new(hold: &Hold, token: HoldToken) -> Self {
        Self {
            hold_token: token.into_text(),
            route_id: hold.route_id.0,
            from_stop_index: hold.segment.from().get(),
            to_stop_index: hold.segment.to().get(),
            seat_numbers: hold.seats.iter().copied().map(SeatNumber::get).collect(),
            expires_at: Time(hold.expires_at),
        }
    }
}

#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct NewBlock {
    /// None twice.
    pub(crate) seat_numbers: Vec<i64>,
    /// The route's own end if left out.
    pub(crate) from_city: Option<String>,
    pub(crate) to_city: Option<String>,
    /// Only staff see it.
    pub(crate) reason: String,
}

#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Block)]
pub(crate) struct BlockBody {
    id: Uuid,
    route_id: Uuid,
    seat_numbers: Vec<u16>,
    from_stop_index: u8,
    to_stop_index: u8,
    reason: String,
    created_at: Time,
}

impl From<Block> for BlockBody {
    fn from(block: Block) -> Self {
        Self {
            id: block.id.0,
            route_id: block.route_id.0,
            seat_numbers: block.seats.iter().copied().map(SeatNumber::get).collect(),
            from_stop_index: block.segment.from().get(),
            to_stop_index: block.segment.to().get(),
            reason: block.reason,
            created_at: Time(block.created_at),
        }
    }
}
