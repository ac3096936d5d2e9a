//! One ticket and its later changes: sold over the counter or booked, paid or run out, cancelled,
//! suspended.

use anyhow::Context as _;
use domain::command::{
    BeginPayment, Book, Cancel, ChargeOutcome, Expire, FinishRefund, Journey, PNR_CANDIDATES,
    SettlePayment, Suspend, Traveller,
};
use domain::passenger::{Identity, IdentityNumber, Passenger, Phone};
use domain::pnr::PNRS;
use domain::{
    Account, Actor, BookingId, Command, Contact, Gender, PaymentId, PaymentState, Pnr, SeatNumber,
    Subject, TicketId,
};
use jiff::{SignedDuration, Timestamp};
use store::{Answer, Envelope, Sender, Store};

use super::id::id;
use super::people::{FREQUENT_TRAVELLER, People};
use super::timetable::{Sale, Timetable};

/// An hour, so that a customer's later actions have later times.
const HOLD: SignedDuration = SignedDuration::from_mins(60);

/// Holds that the counter keeps open until the bus leaves.
const LONG_HOLD: SignedDuration = SignedDuration::from_hours(24 * 90);

pub(super) async fn make(
    store: &dyn Store,
    people: &People,
    timetable: &Timetable,
    sale: Sale,
) -> anyhow::Result<()> {
    let departure = timetable.departures.get(sale.departure as usize).context("no departure")?;
    let last = departure.stops.len() - 1;
    // A quarter travel a part of the way, the others all of it.
    let (from, to) = if fastrand::u8(..4) == 0 {
        let from = fastrand::usize(1..last.max(2));
        (from.min(last - 1), last)
    } else {
        (0, last)
    };
    let at_counter = fastrand::f64() < 0.6;
    let (actor, phone) =
        if at_counter { (people.agent(), people.phone()) } else { people.customer() };
    let is_to_come = departure.at > timetable.now;
    let stays_open = !at_counter && is_to_come && fastrand::f64() < 0.02;
    let cities = (departure.city(from), departure.city(to));
    let hold = if stays_open { LONG_HOLD } else { HOLD };
    let outcome = book(store, (actor, phone), sale, (departure.id, cities), hold).await?;
    let ticket_id = outcome.ticket().ticket.id;
    if stays_open {
        return Ok(());
    }
    let later = |minutes| sale.at + SignedDuration::from_mins(minutes);
    if !at_counter {
        if fastrand::f64() < 0.12 {
            let expire = Command::Expire(Expire { ticket_id });
            execute(store, Actor::System, expire, later(61)).await?;
            return Ok(());
        }
        pay(store, actor, ticket_id, later(3)).await?;
    }
    match fastrand::u8(..200) {
        0..16 => cancel(store, actor, ticket_id, later(20)).await,
        16 if at_counter => {
            let suspend = Command::Suspend(Suspend { ticket_id });
            execute(store, actor, suspend, later(20)).await.map(drop)
        }
        _ => Ok(()),
    }
}

async fn execute(
    store: &dyn Store,
    sender: impl Into<Sender>,
    command: Command,
    now: Timestamp,
) -> anyhow::Result<Answer> {
    Ok(store.execute(Envelope::new(command, sender, now)).await?)
}

async fn book(
    store: &dyn Store,
    (actor, phone): (Account, Phone),
    sale: Sale,
    (route_id, (from_city, to_city)): (domain::RouteId, (&str, &str)),
    hold: SignedDuration,
) -> anyhow::Result<Answer> {
    let gender = match fastrand::u8(..100) {
        0..48 => Gender::Male,
        48..96 => Gender::Female,
        _ => Gender::Other,
    };
    // Nine of ten passengers have no identity number on their ticket.
    let has_document = fastrand::u8(..10) == 0;
    let number = || match actor.role.is_staff() {
        true => Some(IdentityNumber::from_stored(FREQUENT_TRAVELLER.to_owned())),
        false => any_identity_number(),
    };
    let identity = has_document.then(number).flatten().map(Identity::Turkish);
    let ticket_id = TicketId(id(sale.at));
    let traveller = Traveller {
        ticket_id,
        seat_number: Some(SeatNumber::new(sale.seat).context("no seat")?),
        passenger: Passenger { name: "Ayşe Yılmaz".to_owned(), gender, identity },
    };
    let journey = Journey {
        route_id,
        from_city: from_city.to_owned(),
        to_city: to_city.to_owned(),
        travellers: vec![traveller],
        hold: None,
    };
    let drawn = (0..PNR_CANDIDATES).map(|_| Pnr::from_number(fastrand::u32(..PNRS)));
    let book = Book {
        booking_id: booking_of(ticket_id),
        payment_id: PaymentId(id(sale.at)),
        pnr_candidates: store.next_pnr().into_iter().chain(drawn).collect(),
        journeys: vec![journey],
        contact: Contact { name: None, phone, email: None },
        hold,
    };
    execute(store, actor, Command::Book(book), sale.at).await
}

async fn pay(
    store: &dyn Store,
    actor: Account,
    ticket_id: TicketId,
    now: Timestamp,
) -> anyhow::Result<()> {
    let payment_id = PaymentId(id(now));
    let begin = BeginPayment { subject: Subject::Ticket(ticket_id), payment_id, provider: "mock" };
    execute(store, actor, Command::BeginPayment(begin), now).await?;
    let outcome = ChargeOutcome::Captured { transaction_id: format!("mock-{payment_id}") };
    let settle = Command::SettlePayment(SettlePayment {
        booking_id: booking_of(ticket_id),
        payment_id,
        named: None,
        outcome,
    });
    execute(store, Actor::System, settle, now).await.map(drop)
}

async fn cancel(
    store: &dyn Store,
    actor: Account,
    ticket_id: TicketId,
    now: Timestamp,
) -> anyhow::Result<()> {
    let outcome = execute(store, actor, Command::Cancel(Cancel { ticket_id }), now).await?;
    // Cash was given back over the counter, a card's provider has been asked.
    for payment in outcome.payments.iter().filter(|owed| owed.state() == PaymentState::Refunding) {
        let finish =
            FinishRefund { booking_id: payment.booking_id, payment_id: payment.id, ticket_id };
        execute(store, Actor::System, Command::FinishRefund(finish), now).await?;
    }
    Ok(())
}

/// Every passenger travels alone, on a booking that has the number of its ticket.
fn booking_of(ticket_id: TicketId) -> BookingId {
    BookingId(ticket_id.0)
}

/// Drawn from 900 million, so that hardly two passengers of a departure have the same one, which
/// would be refused.
fn any_identity_number() -> Option<IdentityNumber> {
    IdentityNumber::with_check_digits(fastrand::u32(100_000_000..=999_999_999)).ok()
}
