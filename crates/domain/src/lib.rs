//! The rules of the seat inventory: pure, synchronous, re-runnable.
//!
//! Everything that decides whether a seat may be sold, kept, freed or moved stands here, as
//! functions of their arguments. A store calls [`Command::decide`] inside its transaction, perhaps
//! more than once, and writes the [`Change`] that it returns.
//!
//! This crate knows no runtime, no database, no HTTP, no socket, no clock and no randomness: the
//! time, the ids and the random draws are arguments.

pub mod actor;
pub mod audit;
pub mod block;
pub mod booking;
pub mod bus;
pub mod bus_feature;
pub mod bus_position;
pub mod calendar;
pub mod change;
pub mod city;
pub mod command;
mod email;
pub mod event;
pub mod facts;
pub mod fair_use;
pub mod fare;
pub mod field;
pub mod gender;
pub mod geo;
pub mod hold;
pub mod holder;
pub mod identity;
pub mod ids;
pub mod layout;
pub mod money;
pub mod neighbour_rule;
pub mod part;
pub mod passenger;
pub mod payment;
mod phone;
mod plate;
pub mod pnr;
pub mod refusal;
pub mod role;
pub mod route;
pub mod route_event;
pub mod route_place;
pub mod seat;
pub mod seat_choice;
pub mod seat_grid;
pub mod seat_map;
pub mod seat_segment;
pub mod seat_snapshot;
pub mod seating;
pub mod segment;
pub mod station;
pub mod ticket;
pub mod user;
pub mod version;
pub mod viewer_order;
mod visible;

pub use actor::{Account, Actor, Guest};
pub use block::Block;
pub use booking::{Booking, BookingStatus, Contact, ContactForm};
pub use bus::{Bus, BusDetails, BusPatch, BusSpecs, Fittings};
pub use bus_feature::{BusFeature, BusFeaturePatch};
pub use bus_position::{BusPosition, Journey, Speed};
pub use change::Change;
pub use city::CityKey;
pub use command::{Asked, Command, Scope, Subject};
pub use event::{EventDraft, EventKind, EventTicket, Reason, SeatEvent};
pub use facts::applying::Applied;
pub use facts::standing::IsNew;
pub use facts::{
    BookingFacts, ChangedRoute, ChangedRoutes, ChangedSeats, Facts, LegChange, RouteAgain,
    RouteFacts, SeatLegs, SeatedPassenger, Sitters, TicketFacts,
};
pub use fair_use::FairUse;
pub use fare::Fare;
pub use field::{FieldError, FieldErrors};
pub use gender::Gender;
pub use geo::{Latitude, Longitude};
pub use hold::{Hold, HoldState};
pub use holder::Holder;
pub use ids::{
    BlockId, BookingId, BusId, FeatureId, HoldId, LayoutId, PaymentId, RouteId, StationId,
    TicketId, UserId,
};
pub use layout::generated::LayoutType;
pub use layout::{Cell, CellKind, Grid, Layout, SeatLayout, SeatLayoutPatch};
pub use money::Kurus;
pub use neighbour_rule::{NeighbourRule, NeighbourTerms, RuleCheck};
pub use passenger::{Passenger, PassengerForm};
pub use payment::{Payer, Payment, PaymentMethod, PaymentState, Share};
pub use pnr::Pnr;
pub use refusal::Refusal;
pub use role::Role;
pub use route::patch::RoutePatch;
pub use route::plan::{NewFare, NewRoute, RoutePlan};
pub use route::{Crew, Route, RouteKind, Stop};
pub use route_event::{RouteChange, RouteEvent, RouteUpdate};
pub use route_place::{Ordinal, RoutePlace, Seq};
pub use seat::SeatNumber;
pub use seat_choice::choose_seats;
pub use seat_grid::SeatGrid;
pub use seat_snapshot::{SeatSnapshot, TakenSeat};
pub use seating::Seating;
pub use segment::{Segment, StopIndex};
pub use station::{Station, StationKind, StationPatch};
pub use ticket::{PaymentStatus, Ticket, TicketStatus};
pub use user::{FamilyId, Origin, TokenGeneration, TokenId, User};
pub use version::{Expected, Version};
pub use viewer_order::{Notice, ViewerDeed, ViewerOrder, ViewersOf};
