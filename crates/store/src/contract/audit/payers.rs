//! Money adds up for each payer, a guest included: what was taken from them is kept for paid
//! tickets, or went back, or is on its way. An account sees exactly that, and what others paid for
//! it.

use std::collections::{BTreeMap, BTreeSet};

use domain::{BookingId, Kurus, Payer, PaymentState, PaymentStatus, UserId};

use super::ledger::Ledger;
use crate::Store;
use crate::contract::everything::EVERYTHING;

/// A guest is known by the booking.
type Who = (Payer, Option<BookingId>);

#[derive(Debug, Default, PartialEq, Eq)]
struct Sums {
    taken: Kurus,
    given_back: Kurus,
    /// The prices of paid tickets that they paid for.
    paid: Kurus,
}

pub(super) async fn check(ledger: &Ledger, store: &dyn Store) {
    let mut payers: BTreeMap<Who, Sums> = BTreeMap::new();
    let mut shown: BTreeMap<UserId, Vec<Kurus>> = BTreeMap::new();
    for (ticket_id, payments) in &ledger.payments {
        let ticket = &ledger.tickets[ticket_id];
        for payment in payments {
            let share = payment.share(*ticket_id).unwrap();
            if !PaymentState::TOOK_MONEY.contains(&share.state) {
                continue;
            }
            let booking = payment.paid_by.account().is_none().then_some(payment.booking_id);
            let sums = payers.entry((payment.paid_by, booking)).or_default();
            sums.taken = [sums.taken, share.amount].into_iter().sum();
            let is_kept = share.state == PaymentState::Captured;
            if !is_kept {
                sums.given_back = [sums.given_back, share.amount].into_iter().sum();
            } else if ticket.payment_status == PaymentStatus::Paid {
                sums.paid = [sums.paid, ticket.price].into_iter().sum();
            }
            let people: BTreeSet<UserId> =
                payment.paid_by.account().into_iter().chain(ticket.user_id).collect();
            for user_id in people {
                shown.entry(user_id).or_default().push(share.amount);
            }
        }
    }
    for (who, sums) in &payers {
        let accounted: Kurus = [sums.paid, sums.given_back].into_iter().sum();
        assert_eq!(sums.taken, accounted, "a payer's money adds up: {who:?} {sums:?}");
    }
    for (user_id, mut expected) in shown {
        let history = store.payment_history(user_id, EVERYTHING).await.unwrap();
        let mut told: Vec<_> = history.items.iter().map(|paid| paid.share.amount).collect();
        told.sort_unstable();
        expected.sort_unstable();
        assert_eq!(told, expected, "a history shows what was paid by and for {user_id}");
    }
}
