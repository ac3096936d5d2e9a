//! Holds seats while names are typed, and blocks them: requests that name seat numbers, not
//! tickets.

use std::collections::BTreeSet;

use domain::command::{
    BlockCommand, BlockSeats, ExtendHold, HoldCommand, LiftBlock, ReleaseHold, TakeHold,
    seat_number,
};
use domain::field::name;
use domain::hold::{HOLD_SEATS_MAX, TokenHash};
use domain::seat::SEATS_MAX;
use domain::{Block, BlockId, Command, FieldErrors, Hold, Refusal, RouteId, SeatNumber};
use store::Sender;

use crate::desk::Desk;
use crate::error::BookingError;

/// The words of `POST /holds`, as they came.
#[derive(Clone, Debug)]
pub struct HoldRequest {
    pub route_id: RouteId,
    pub from_city: String,
    pub to_city: String,
    pub seat_numbers: Vec<i64>,
}

/// The words of `POST /routes/{id}/blocks`, as they came.
#[derive(Clone, Debug)]
pub struct BlockRequest {
    pub route_id: RouteId,
    pub from_city: Option<String>,
    pub to_city: Option<String>,
    pub seat_numbers: Vec<i64>,
    pub reason: String,
}

impl Desk {
    /// Takes seats for a few minutes; a caller with the token may do with them what a hold allows.
    pub async fn hold(
        &self,
        sender: impl Into<Sender>,
        token: TokenHash,
        request: HoldRequest,
    ) -> Result<Hold, BookingError> {
        let mut errors = FieldErrors::default();
        let seats = seats(&request.seat_numbers, HOLD_SEATS_MAX, &mut errors);
        errors.into_result().map_err(Refusal::Invalid)?;
        let take = TakeHold {
            hold_id: self.source.id()?,
            token,
            route_id: request.route_id,
            from_city: request.from_city,
            to_city: request.to_city,
            seats,
            length: self.seat_hold(),
        };
        self.with_hold(sender, HoldCommand::Take(take)).await
    }

    /// Once, for as long as a new hold.
    pub async fn extend_hold(
        &self,
        sender: impl Into<Sender>,
        token: TokenHash,
    ) -> Result<Hold, BookingError> {
        let length = self.seat_hold();
        self.with_hold(sender, HoldCommand::Extend(ExtendHold { token, length })).await
    }

    pub async fn release_hold(
        &self,
        sender: impl Into<Sender>,
        token: TokenHash,
    ) -> Result<Hold, BookingError> {
        self.with_hold(sender, HoldCommand::Release(ReleaseHold { token })).await
    }

    async fn with_hold(
        &self,
        sender: impl Into<Sender>,
        command: HoldCommand,
    ) -> Result<Hold, BookingError> {
        Ok(self.execute(sender, Command::Hold(command)).await?.into_hold())
    }

    /// Takes free seats out of sale.
    pub async fn block(
        &self,
        sender: impl Into<Sender>,
        request: BlockRequest,
    ) -> Result<Block, BookingError> {
        let mut errors = FieldErrors::default();
        let seats = seats(&request.seat_numbers, SEATS_MAX.into(), &mut errors);
        let reason = errors.check("/reason", name(&request.reason)).unwrap_or_default();
        errors.into_result().map_err(Refusal::Invalid)?;
        let take = BlockSeats {
            block_id: self.source.id()?,
            route_id: request.route_id,
            from_city: request.from_city,
            to_city: request.to_city,
            seats,
            reason,
        };
        let take = Command::Block(BlockCommand::Take(take));
        Ok(self.execute(sender, take).await?.into_block())
    }

    /// Puts blocked seats on sale again.
    pub async fn lift_block(
        &self,
        sender: impl Into<Sender>,
        route_id: RouteId,
        block_id: BlockId,
    ) -> Result<(), BookingError> {
        let lift = BlockCommand::Lift(LiftBlock { block_id, route_id });
        self.execute(sender, Command::Block(lift)).await.map(drop)
    }
}

/// From 1 to `seats_max` seat numbers, none twice; in rising order.
fn seats(numbers: &[i64], seats_max: usize, errors: &mut FieldErrors) -> Vec<SeatNumber> {
    if numbers.is_empty() || numbers.len() > seats_max {
        errors.push("/seatNumbers", format!("must have 1 to {seats_max} entries"));
        return Vec::new();
    }
    let mut seats = BTreeSet::new();
    for (index, number) in numbers.iter().enumerate() {
        let pointer = format!("/seatNumbers/{index}");
        if let Some(seat) = errors.check(&pointer, seat_number(*number))
            && !seats.insert(seat)
        {
            errors.push(pointer, "is named twice");
        }
    }
    seats.into_iter().collect()
}
