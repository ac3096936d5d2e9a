//! Bookings of several tickets: complete or not made at all, one code, one payment, each ticket's
//! own share.

use domain::booking::Sums;
use domain::identity::{CountryCode, Identity, IdentityNumber, Passport, PassportNumber};
use domain::passenger::Phone;
use domain::{
    BookingStatus, Command, Kurus, PaymentState, PaymentStatus, Reason, Refusal, RouteId, TicketId,
    TicketStatus,
};
use jiff::SignedDuration;

use super::desk::{HOLD, LEG, PRICE, UNTIL_DEPARTURE};
use super::{Desk, Harness, World};
use crate::{BookingView, Page, TicketFilter, Write};

/// The way back leaves a day after the way out.
async fn way_back(desk: &Desk, seat_count: u16) -> RouteId {
    let bus_id = desk.bus(seat_count).await;
    let day = SignedDuration::from_hours(24);
    let mut back = desk.journey(bus_id);
    (back.departure_time, back.arrival_time) = (back.departure_time + day, back.arrival_time + day);
    back.stations.iter_mut().for_each(|stop| stop.time += day);
    desk.route_of(back.plan().unwrap()).await
}

fn tickets(view: &BookingView) -> Vec<TicketId> {
    view.tickets.iter().map(|view| view.ticket.id).collect()
}

fn sums(view: &BookingView) -> [i64; 3] {
    let Sums { total, paid, refunded } =
        Sums::of(view.tickets.iter().map(|view| &view.ticket), &view.payments);
    [total, paid, refunded].map(|sum: Kurus| sum.get() / PRICE.get())
}

async fn read(desk: &Desk, view: &BookingView) -> BookingView {
    desk.store.booking(view.booking.id).await.unwrap().unwrap()
}

pub async fn a_booking_is_kept_as_it_was_made<H: Harness>() {
    let world = World::<H>::new().await;
    let (out, back) = (world.route(10).await, way_back(&world, 10).await);
    let mut journeys =
        vec![world.going(out, &[3, 0, 5], (0, 3)), world.going(back, &[1, 2, 3], (1, 3))];
    let document = [
        Identity::Turkish(IdentityNumber::parse("10000000146").unwrap()),
        Identity::Passport(Passport {
            number: PassportNumber::parse("U12345678").unwrap(),
            country: CountryCode::parse("DE").unwrap(),
        }),
    ];
    for (traveller, document) in journeys[0].travellers.iter_mut().zip(document) {
        traveller.passenger.identity = Some(document);
    }
    let made = world.book_group(world.customer, journeys).await.unwrap();
    assert_eq!(read(&world, &made).await, made, "what was answered is what is read");
    let pnr = &made.booking.pnr;
    assert_eq!(world.store.booking_by_pnr(pnr).await.unwrap().as_ref(), Some(&made));
    let own = &made.booking.contact.phone;
    let by_pair = world.store.booking_by_pair(pnr, own).await.unwrap();
    assert_eq!(by_pair.as_ref(), Some(&made));
    let other = Phone::parse("0505 505 05 05").unwrap();
    assert_eq!(world.store.booking_by_pair(pnr, &other).await.unwrap(), None);
    assert_eq!(world.store.booking_by_pair(&world.pnr(), own).await.unwrap(), None);
    let first = world.store.ticket_by_pnr(pnr).await.unwrap();
    assert_eq!(first.as_ref(), Some(&made.tickets[0]), "a code shows the first ticket");
    let seats: Vec<_> = made.tickets.iter().map(|view| view.ticket.seat.get()).collect();
    assert_eq!((seats[0], seats[2], &seats[3..]), (3, 5, &[1, 2, 3][..]));
    assert!(![3, 5].contains(&seats[1]), "a seat of its own was chosen");
    // Neighbouring numbers, in the order of the travellers.
    for (route, from) in [(out, 0), (back, 3)] {
        let told = world.seat_events(route).await;
        let told: Vec<_> = told.iter().map(|e| (e.seq.get(), e.draft.ticket_id())).collect();
        let expected: Vec<_> =
            (1..=3).zip(tickets(&made)[from..].iter().copied().map(Some)).collect();
        assert_eq!(told, expected);
    }
    let unknown = world.store.booking_by_pnr(&world.pnr()).await.unwrap();
    assert_eq!(unknown, None);
    assert_eq!(world.store.booking(world.id().into()).await.unwrap(), None);
    world.finish().await;
}

pub async fn a_group_is_seated_or_refused_as_a_whole<H: Harness>() {
    let world = World::<H>::new().await;
    let route = world.route(6).await;
    world.book(world.other, route, 3, (1, 2)).await.unwrap();
    let taken = vec![world.going(route, &[1, 2, 3], (0, 3))];
    let refused = world.book_group(world.customer, taken).await.map(drop);
    assert_eq!(refused, Err(Refusal::SeatTaken));
    let too_many = vec![world.going(route, &[0; 6], (0, 3))];
    let refused = world.book_group(world.customer, too_many).await.map(drop);
    assert_eq!(refused, Err(Refusal::NotEnoughSeats));
    assert_eq!(world.seat_events(route).await.len(), 1, "nothing was told of either");
    let others = vec![world.going(route, &[0; 6], (2, 3))];
    world.book_group(world.customer, others).await.unwrap();
    world.finish().await;
}

pub async fn a_return_is_booked_with_the_way_out_or_not_at_all<H: Harness>() {
    let world = World::<H>::new().await;
    let (out, back) = (world.route(4).await, way_back(&world, 4).await);
    world.book(world.other, back, 1, (0, 3)).await.unwrap();
    let both = |seat| vec![world.going(out, &[1], (0, 3)), world.going(back, &[seat], (0, 3))];
    let refused = world.book_group(world.customer, both(1)).await.map(drop);
    assert_eq!(refused, Err(Refusal::SeatTaken));
    let beyond = world.book_group(world.customer, both(9)).await.map(drop);
    assert!(matches!(beyond, Err(Refusal::OnReturn(_))), "{beyond:?}");
    let first = vec![world.going(back, &[2], (0, 3)), world.going(out, &[1], (0, 3))];
    let refused = world.book_group(world.customer, first).await.map(drop);
    assert_eq!(refused, Err(Refusal::ReturnBeforeArrival));
    // The second journey leaves on the same bus, before the first one arrives.
    let on = vec![world.going(out, &[1], (0, 1)), world.going(out, &[1], (1, 2))];
    let refused = world.book_group(world.customer, on).await.map(drop);
    assert_eq!(refused, Err(Refusal::ReturnBeforeArrival));
    assert!(world.seat_events(out).await.is_empty(), "no half of a journey");
    world.book_group(world.customer, both(2)).await.unwrap();
    world.finish().await;
}

/// 40 families of 4 for 2 buses of 20 seats: a family that gets seats gets all of them.
pub async fn groups_that_race_for_a_bus_are_whole<H: Harness>() {
    const FAMILIES: usize = 40;
    let world = World::<H>::new().await;
    let (out, back) = (world.route(20).await, way_back(&world, 20).await);
    let asked: Vec<_> = (0..FAMILIES)
        .map(|number| {
            let desk = world.desk();
            tokio::spawn(async move {
                let mut journeys = vec![desk.going(out, &[0; 4], (0, 3))];
                if number % 2 == 0 {
                    journeys.push(desk.going(back, &[0; 4], (0, 3)));
                }
                desk.book_group(desk.customer, journeys).await
            })
        })
        .collect();
    let mut seated = 0;
    for asked in asked {
        match asked.await.unwrap() {
            Ok(view) => {
                seated += 1;
                assert!(matches!(view.tickets.len(), 4 | 8), "{view:?}");
            }
            Err(Refusal::NotEnoughSeats | Refusal::OnReturn(_)) => {}
            Err(other) => panic!("{other:?}"),
        }
    }
    assert_eq!(seated, 5, "the bus is full, and of whole families");
    world.finish().await;
}

pub async fn one_payment_pays_a_group<H: Harness>() {
    let world = World::<H>::new().await;
    let (out, back) = (world.route(10).await, way_back(&world, 10).await);
    let journeys = || vec![world.going(out, &[0; 3], (0, 3)), world.going(back, &[0; 3], (0, 3))];
    let held = world.book_group(world.customer, journeys()).await.unwrap();
    assert_eq!(sums(&held), [6, 0, 0]);
    world.execute(world.cancelling(world.customer, tickets(&held)[4])).await.unwrap();
    // Any of its tickets may name the booking.
    let payment = world.begin_payment(world.customer, tickets(&held)[2]).await.unwrap();
    let settled = world.execute(world.settling(tickets(&held)[0], payment, true)).await.unwrap();
    let paid = settled.into_booking();
    assert_eq!(paid.payments.len(), 1);
    assert_eq!(paid.payments[0].shares.len(), 5, "what is left of it");
    assert_eq!(sums(&paid), [5, 5, 0]);
    let told = world.seat_events(out).await;
    let reasons: Vec<_> = told.iter().skip(3).map(|event| event.draft.reason).collect();
    assert_eq!(reasons, [Reason::Paid; 3]);
    let sold = world.book_group(world.agent, journeys()).await.unwrap();
    assert_eq!(sold.payments.len(), 1, "staff take the cash of all at once");
    assert_eq!(sums(&sold), [6, 6, 0]);
    assert_eq!(sold.booking.user_id, None);
    let history = world.store.payment_history(world.agent.user_id, super::EVERYTHING).await;
    assert_eq!(history.unwrap().total, 6, "a row for each ticket");
    world.finish().await;
}

pub async fn one_tickets_share_goes_back_alone<H: Harness>() {
    let world = World::<H>::new().await;
    let route = world.route(10).await;
    let group = vec![world.going(route, &[1, 2, 3], (0, 3))];
    let held = world.book_group(world.customer, group).await.unwrap();
    let ids = tickets(&held);
    let payment = world.pay(world.customer, ids[0]).await.unwrap();
    let answer = world.execute(world.refunding(world.customer, ids[1])).await.unwrap();
    assert_eq!(answer.payments[0].state(), PaymentState::Refunding, "something is owed");
    assert_eq!(sums(&read(&world, &held).await), [2, 3, 1]);
    world.execute(world.cancelling(world.customer, ids[2])).await.unwrap();
    assert_eq!(sums(&read(&world, &held).await), [1, 3, 2]);
    // Each refund is finished by itself, and once.
    let finish = |ticket| {
        let mut envelope = world.finishing(ids[0], payment);
        if let Write::Inventory(Command::FinishRefund(finish)) = &mut envelope.write {
            finish.ticket_id = ticket;
        }
        envelope
    };
    for (ticket, changed) in
        [(ids[1], true), (ids[1], false), (ids[0], false), (ids[2], true), (ids[2], false)]
    {
        assert_eq!(world.execute(finish(ticket)).await.unwrap().changed, changed);
    }
    let left = read(&world, &held).await;
    assert_eq!(left.payments[0].state(), PaymentState::Captured, "one ticket's is kept");
    let status = |at: usize| left.tickets[at].ticket.payment_status;
    let expected = [PaymentStatus::Paid, PaymentStatus::Refunded, PaymentStatus::Refunded];
    assert_eq!([status(0), status(1), status(2)], expected);
    let unfinished = world.store.unfinished_payments(None, world.after(HOLD).now, 10).await;
    assert!(unfinished.unwrap().is_empty());
    world.finish().await;
}

pub async fn a_booking_is_cancelled_as_far_as_it_can_be<H: Harness>() {
    let world = World::<H>::new().await;
    let (out, back) = (world.route(10).await, way_back(&world, 10).await);
    let journeys = vec![world.going(out, &[1, 2], (0, 3)), world.going(back, &[1, 2], (0, 3))];
    let held = world.book_group(world.customer, journeys).await.unwrap();
    let (ids, id) = (tickets(&held), held.booking.id);
    world.pay(world.customer, ids[0]).await.unwrap();
    let others = world.execute(world.cancelling_booking(world.other, id)).await;
    assert_eq!(others.map(drop), Err(Refusal::NotYours));
    world.execute(world.suspending(world.agent, ids[3])).await.unwrap();
    // The way out has left: it is used up, and the way back is cancelled.
    let under_way = world.after(UNTIL_DEPARTURE + LEG);
    let answer = under_way.execute(under_way.cancelling_booking(under_way.customer, id)).await;
    let view = answer.unwrap().into_booking();
    assert_eq!(sums(&view), [2, 4, 2]);
    let tickets = || view.tickets.iter().map(|view| &view.ticket);
    assert_eq!(BookingStatus::of(tickets()), BookingStatus::PartlyCancelled);
    let again = under_way.execute(under_way.cancelling_booking(under_way.customer, id)).await;
    assert_eq!(again.map(drop), Err(Refusal::AfterDeparture));
    let admin = under_way.execute(under_way.cancelling_booking(under_way.admin, id)).await;
    assert_eq!(sums(&admin.unwrap().into_booking()), [0, 4, 4]);
    let none = under_way.execute(under_way.cancelling_booking(under_way.admin, id)).await;
    assert!(matches!(none, Err(Refusal::InvalidTransition { .. })), "{none:?}");
    drop(under_way);
    world.finish().await;
}

pub async fn holds_of_a_group_end_together<H: Harness>() {
    let world = World::<H>::new().await;
    let (out, back) = (world.route(10).await, way_back(&world, 10).await);
    let journeys = vec![world.going(out, &[1, 2], (0, 3)), world.going(back, &[1], (0, 3))];
    let held = world.book_group(world.customer, journeys).await.unwrap();
    let ids = tickets(&held);
    world.execute(world.confirming(world.agent, ids[1])).await.unwrap();
    let late = world.after(HOLD);
    let due = late.store.due_holds(late.now, 10).await.unwrap();
    assert_eq!(due.len(), 2, "the paid one is none");
    assert!(late.execute(late.expiring(ids[2])).await.unwrap().changed);
    assert!(late.store.due_holds(late.now, 10).await.unwrap().is_empty(), "one ends all");
    assert!(!late.execute(late.expiring(ids[0])).await.unwrap().changed);
    let status: Vec<_> =
        read(&late, &held).await.tickets.iter().map(|view| view.ticket.status).collect();
    let expected = [TicketStatus::Cancelled, TicketStatus::Confirmed, TicketStatus::Cancelled];
    assert_eq!(status, expected);
    drop(late);
    world.finish().await;
}

pub async fn a_late_payment_wins_all_seats_back_or_none<H: Harness>() {
    for taken in [false, true] {
        let world = World::<H>::new().await;
        let (out, back) = (world.route(10).await, way_back(&world, 10).await);
        let journeys = vec![world.going(out, &[1, 2], (0, 3)), world.going(back, &[1, 2], (0, 3))];
        let held = world.book_group(world.customer, journeys).await.unwrap();
        let ids = tickets(&held);
        let payment = world.begin_payment(world.customer, ids[0]).await.unwrap();
        let late = world.after(HOLD);
        late.execute(late.expiring(ids[0])).await.unwrap();
        if taken {
            late.book(late.other, back, 2, (2, 3)).await.unwrap();
        }
        let settled = late.execute(late.settling(ids[0], payment, true)).await.unwrap();
        let view = settled.into_booking();
        assert_eq!(sums(&view), if taken { [0, 4, 4] } else { [4, 4, 0] });
        drop(late);
        world.finish().await;
    }
}

pub async fn a_contacts_number_is_that_of_all_tickets<H: Harness>() {
    let world = World::<H>::new().await;
    let route = world.route(10).await;
    let group = vec![world.going(route, &[1, 2], (0, 3))];
    let held = world.book_group(world.customer, group).await.unwrap();
    let mut envelope = world.moving(world.customer, tickets(&held)[1], 3);
    let phone = domain::passenger::Phone::parse("5559998877").unwrap();
    if let Write::Inventory(Command::Amend(amend)) = &mut envelope.write {
        amend.phone = Some(phone.clone());
    }
    world.execute(envelope).await.unwrap();
    let view = read(&world, &held).await;
    assert_eq!(view.booking.contact.phone, phone);
    assert!(view.tickets.iter().all(|view| view.ticket.phone == phone));
    world.finish().await;
}

/// Three bookings of two, read a few tickets at a time: a booking that a page cuts is whole on both
/// pages.
pub async fn a_page_of_tickets_has_whole_bookings<H: Harness>() {
    let world = World::<H>::new().await;
    let route = world.route(10).await;
    let mut made = Vec::new();
    for (seats, next) in [([1, 2], 7), ([3, 4], 8), ([5, 6], 9)] {
        let group = vec![world.going(route, &seats, (0, 3))];
        made.insert(0, world.book_group(world.customer, group).await.unwrap());
        let foreign = vec![world.going(route, &[next], (0, 3))];
        world.book_group(world.other, foreign).await.unwrap();
    }
    // The route has gone on since the first was made.
    for view in &mut made {
        *view = read(&world, view).await;
    }
    let theirs =
        || TicketFilter { user_id: Some(world.customer.user_id), ..TicketFilter::default() };
    for (offset, limit, shown) in
        [(0, 6, 0..3), (0, 3, 0..2), (3, 3, 1..3), (4, 2, 2..3), (6, 6, 3..3)]
    {
        let page = world.store.bookings(theirs(), Page { offset, limit }).await.unwrap();
        assert_eq!(page.items, made[shown], "{limit} behind {offset}");
        assert_eq!((page.total, page.is_limited), (6, false), "tickets are counted");
    }
    world.finish().await;
}
