//! The auditor: reads everything through the port and checks the promises from scratch.

pub mod groups;
mod ledger;
mod payers;
pub mod rows;

use std::collections::BTreeMap;

use domain::booking::Sums;
use domain::{Kurus, Ordinal, PaymentStatus, Share, Ticket};
use jiff::Timestamp;

use super::everything::EVERYTHING;
use crate::{BookingView, RouteFilter, Store, TicketFilter};

pub use ledger::{Ledger, map_of};

/// Reads a store at rest and panics at the first broken promise.
pub async fn audit(store: &dyn Store) -> Ledger {
    let mut ledger = Ledger {
        events: BTreeMap::new(),
        tickets: BTreeMap::new(),
        payments: BTreeMap::new(),
        snapshots: BTreeMap::new(),
        blocks: BTreeMap::new(),
        groups: groups::read_all(store).await,
        newest: store.newest_group().await.unwrap(),
        has_holds: !store.due_seat_holds(Timestamp::MAX, 1).await.unwrap().is_empty(),
    };
    let routes = store.routes(RouteFilter::default(), EVERYTHING).await.unwrap();
    assert_eq!(routes.items.len() as u64, routes.total, "the whole list was read");
    for view in routes.items {
        let id = view.route.id;
        let events = store.events(id, Ordinal::ZERO, usize::MAX >> 1).await.unwrap();
        assert_eq!(store.head(id).await.unwrap(), Some(view.route.head()));
        ledger.events.insert(id, events);
        ledger.blocks.insert(id, store.blocks(id).await.unwrap());
        ledger.snapshots.insert(id, store.seat_snapshot(id).await.unwrap().unwrap());
    }
    let tickets = store.tickets(TicketFilter::default(), EVERYTHING).await.unwrap();
    assert_eq!(tickets.items.len() as u64, tickets.total, "the whole list was read");
    for view in tickets.items {
        let id = view.ticket.id;
        ledger.payments.insert(id, store.ticket_payments(id).await.unwrap());
        let booking = store.booking_by_pnr(&view.ticket.pnr).await.unwrap().unwrap();
        let first = store.ticket_by_pnr(&view.ticket.pnr).await.unwrap();
        assert_eq!(first.as_ref(), booking.tickets.first(), "a code finds its first ticket");
        assert!(booking.tickets.contains(&view), "each code finds its own tickets");
        check_booking(&booking);
        rows::must_tell(store, &view.ticket).await;
        assert!(ledger.tickets.insert(id, view.ticket).is_none(), "each ticket is listed once");
    }
    ledger.check();
    payers::check(&ledger, store).await;
    ledger
}

/// A booking shows what its tickets and payments show.
fn check_booking(view: &BookingView) {
    let BookingView { booking, tickets, payments } = view;
    let tickets = || tickets.iter().map(|view| &view.ticket);
    for ticket in tickets() {
        let said = (ticket.booking_id, &ticket.pnr, &ticket.phone, ticket.user_id);
        let meant = (booking.id, &booking.pnr, &booking.contact.phone, booking.user_id);
        assert_eq!(said, meant, "a ticket says of its booking what that says of itself");
    }
    for payment in payments {
        assert_eq!(payment.booking_id, booking.id);
        assert!(!payment.shares.is_empty(), "a payment is for something: {payment:?}");
        let is_of_it = |share: &Share| tickets().any(|ticket| ticket.id == share.ticket_id);
        assert!(payment.shares.iter().all(is_of_it), "{payment:?} is for tickets of another");
    }
    let Sums { total: _, paid, refunded } = Sums::of(tickets(), payments);
    let is_paid = |ticket: &&Ticket| ticket.payment_status == PaymentStatus::Paid;
    let kept: Kurus = tickets().filter(is_paid).map(|ticket| ticket.price).sum();
    assert_eq!(paid.get() - refunded.get(), kept.get(), "a booking's money adds up: {view:?}");
}
