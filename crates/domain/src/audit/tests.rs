//! What each difference of a ticket, an account and a route is called, and that nothing personal
//! gets out.

use jiff::{SignedDuration, Timestamp};
use uuid::Uuid;

use super::*;
use crate::passenger::{Identity, IdentityNumber, Passenger, Phone};
use crate::ticket::CancelCause;
use crate::{
    Account, BookingId, Gender, Kurus, Origin, PaymentStatus, Pnr, Role, RouteId, RuleCheck,
    SeatNumber, Segment, StopIndex, Ticket, TicketId, TicketStatus, User, UserId,
};

const LATER: SignedDuration = SignedDuration::from_secs(60);

fn ticket() -> Ticket {
    let at = Timestamp::UNIX_EPOCH;
    Ticket {
        id: TicketId(Uuid::from_u128(1)),
        booking_id: BookingId(Uuid::from_u128(2)),
        pnr: Pnr::parse("VV00ABCDE").unwrap(),
        route_id: RouteId(Uuid::from_u128(3)),
        user_id: Some(UserId(Uuid::from_u128(4))),
        issued_by_id: Some(UserId(Uuid::from_u128(5))),
        from_city: "A".to_owned(),
        to_city: "B".to_owned(),
        segment: Segment::new(StopIndex::new(0).unwrap(), StopIndex::new(2).unwrap()).unwrap(),
        seat: SeatNumber::new(7).unwrap(),
        passenger: Passenger {
            name: "Ayşe Yılmaz".to_owned(),
            gender: Gender::Female,
            identity: IdentityNumber::parse("10000000146").ok().map(Identity::Turkish),
        },
        price: Kurus::from_lira(300),
        phone: Phone::parse("5321234567").unwrap(),
        status: TicketStatus::Reserved,
        payment_status: PaymentStatus::Pending,
        expires_at: Some(at + LATER),
        suspended_at: None,
        cancelled_at: None,
        cancel_cause: None,
        changed_by_id: None,
        created_at: at,
        updated_at: at,
    }
}

/// The same, changed later.
fn changed(change: impl FnOnce(&mut Ticket)) -> Ticket {
    let mut ticket = ticket();
    ticket.updated_at += LATER;
    change(&mut ticket);
    ticket
}

fn names(fields: Option<&Fields>) -> Vec<&'static str> {
    fields.into_iter().flatten().map(|(name, _)| *name).collect()
}

#[test]
fn what_is_different_says_what_was_done() {
    use {PaymentStatus as P, TicketStatus as S};
    let confirmed = changed(|it| (it.status, it.payment_status) = (S::Confirmed, P::Paid));
    let suspended = changed(|it| (it.status, it.payment_status) = (S::Suspended, P::Paid));
    let unpaid = changed(|it| it.status = S::Suspended);
    let cancelled = |cause| {
        changed(|it| {
            (it.status, it.cancel_cause, it.expires_at) = (S::Cancelled, Some(cause), None)
        })
    };
    let refunded = changed(|it| (it.status, it.payment_status) = (S::Cancelled, P::Refunded));
    let moved = changed(|it| it.seat = SeatNumber::new(8).unwrap());
    let renamed = changed(|it| it.passenger.name = "Zehra Ak".to_owned());
    let kept = changed(|it| it.expires_at = it.expires_at.map(|at| at + LATER));
    let plain = Terms::default();
    let settles = Terms { settles_payment: true, ..plain };
    let both = ["status", "paymentStatus"].as_slice();
    type Case<'a> = (Option<Ticket>, Ticket, Terms, Action, &'a [&'a str]);
    let cases: [Case<'_>; 13] = [
        (Some(ticket()), confirmed.clone(), plain, Action::Confirmed, both),
        (Some(ticket()), confirmed.clone(), settles, Action::Paid, both),
        (Some(suspended.clone()), confirmed.clone(), plain, Action::Confirmed, &["status"]),
        (Some(confirmed.clone()), suspended.clone(), plain, Action::Suspended, &["status"]),
        (Some(unpaid), suspended.clone(), settles, Action::Paid, &["paymentStatus"]),
        (
            Some(ticket()),
            cancelled(CancelCause::Requested),
            plain,
            Action::Cancelled,
            &["status", "expiresAt"],
        ),
        (
            Some(ticket()),
            cancelled(CancelCause::Expired),
            plain,
            Action::Expired,
            &["status", "expiresAt"],
        ),
        // The hold had run out, and the payment won the seat back.
        (
            Some(cancelled(CancelCause::Expired)),
            confirmed.clone(),
            settles,
            Action::Paid,
            &["status", "paymentStatus", "expiresAt"],
        ),
        (Some(confirmed.clone()), refunded, plain, Action::Refunded, both),
        (Some(ticket()), moved, plain, Action::Moved, &["seatNumber"]),
        (Some(ticket()), renamed, plain, Action::Changed, &["passengerName"]),
        (Some(ticket()), kept, plain, Action::Extended, &["expiresAt"]),
        (Some(ticket()), changed(|_| {}), plain, Action::Changed, &[]),
    ];
    for (before, after, terms, action, fields) in cases {
        let row = of_ticket(before.as_ref(), &after, terms);
        assert_eq!(row.action, action, "{row:?}");
        assert_eq!(names(row.after.as_ref()), fields, "{row:?}");
        // And the version on which it was done, if that is another.
        let told: Vec<_> = names(row.before.as_ref());
        let told: Vec<_> = told.into_iter().filter(|name| *name != "updatedAt").collect();
        assert_eq!(told, fields, "{row:?}");
        assert_eq!(row.at, Some(after.updated_at));
        let of = (row.subject, row.ticket_id, row.booking_id, row.route_id);
        let (id, booking_id, route_id) = (after.id, after.booking_id, after.route_id);
        assert_eq!(of, (Subject::Ticket(id), Some(id), Some(booking_id), Some(route_id)));
    }
    let new = of_ticket(None, &ticket(), plain);
    assert_eq!((new.action, new.before), (Action::Booked, None));
    assert_eq!(of_ticket(None, &confirmed, plain).action, Action::Sold);
    let insisted = Terms { rule_check: RuleCheck::OverriddenByStaff, ..plain };
    let row = of_ticket(None, &confirmed, insisted);
    let insisted = ("ignoreNeighbourRule", Value::Flag(true));
    assert!(row.after.unwrap().contains(&insisted));
}

#[test]
fn of_what_is_personal_the_name_is_told_and_not_the_value() {
    let row = of_ticket(None, &ticket(), Terms::default());
    for name in ["passengerName", "gender", "tcKimlikNo", "userPhoneNumber"] {
        assert!(row.after.as_ref().unwrap().contains(&(name, Value::Hidden)), "{name}: {row:?}");
    }
    let account = User {
        id: UserId(Uuid::from_u128(9)),
        email: "ayse@example.com".to_owned(),
        first_name: "Ayşe".to_owned(),
        last_name: "Yılmaz".to_owned(),
        phone: None,
        role: Role::Agent,
        disabled_at: None,
        is_demo: false,
        origin: Origin::Own,
        created_at: Timestamp::UNIX_EPOCH,
        updated_at: Timestamp::UNIX_EPOCH,
    };
    let new = of_user(None, &account);
    // What there is not is not named.
    let told = ["role", "isDemo", "origin", "email", "firstName", "lastName"];
    assert_eq!(names(new.after.as_ref()), told);
    let disabled = User { disabled_at: Some(Timestamp::UNIX_EPOCH), ..account.clone() };
    let promoted =
        User { role: Role::Admin, phone: Some("5321234567".to_owned()), ..account.clone() };
    for (before, after, action, fields) in [
        (&account, &disabled, Action::Disabled, ["disabledAt"].as_slice()),
        (&disabled, &account, Action::Enabled, &["disabledAt"]),
        (&account, &promoted, Action::Changed, &["role", "phone"]),
    ] {
        let row = of_user(Some(before), after);
        assert_eq!((row.action, names(row.after.as_ref())), (action, fields.to_vec()));
    }
    let password = of_password(&account, &account);
    assert_eq!(password.after, Some(vec![("password", Value::Hidden)]));
    for row in [row, new, password, of_user(Some(&account), &promoted)] {
        let text = format!("{row:?}");
        for personal in
            ["Ayşe", "Yılmaz", "5321234567", "10000000146", "@", "Female", "FEMALE", "ABCDE"]
        {
            assert!(!text.contains(personal), "{personal} in {text}");
        }
    }
}

#[test]
fn only_staff_leave_a_row_by_reading_and_only_beyond_their_own_sales() {
    let account = |id, role| Account { user_id: UserId(Uuid::from_u128(id)), role };
    let ticket = ticket();
    for (reader, leaves_a_row) in [
        (account(8, Role::Agent), true),
        (account(8, Role::Admin), true),
        (account(5, Role::Agent), false),
        (account(4, Role::Admin), false),
        (account(4, Role::Customer), false),
        (account(8, Role::Customer), false),
    ] {
        let shown = Shown::ticket(&ticket, reader);
        assert_eq!(shown.is_some(), leaves_a_row, "{reader:?}");
        assert_eq!(Shown::booking(ticket.booking_id, [&ticket], reader).is_some(), leaves_a_row);
        assert_eq!(Shown::list([&ticket], None, reader).is_some(), leaves_a_row);
    }
    let agent = account(8, Role::Agent);
    let sold = changed(|it| it.issued_by_id = Some(agent.user_id));
    let other = changed(|it| {
        it.id = TicketId(Uuid::from_u128(21));
        it.booking_id = BookingId(Uuid::from_u128(20));
    });
    let with = changed(|it| it.id = TicketId(Uuid::from_u128(22)));
    let list = |tickets: &[&Ticket]| {
        let shown = Shown::list(tickets.iter().copied(), Some(ticket.route_id), agent);
        Audited::shown(&shown.unwrap())
    };
    let row = list(&[&sold, &ticket, &other]);
    assert_eq!((row.subject, row.route_id), (Subject::Tickets, Some(ticket.route_id)));
    assert_eq!(row.after, Some(vec![("tickets", Value::Ids(vec![ticket.id.0, other.id.0]))]));
    // Found by what was looked up.
    assert_eq!(list(&[&sold, &ticket]).subject, Subject::Ticket(ticket.id));
    assert_eq!(list(&[&ticket, &with]).subject, Subject::Booking(ticket.booking_id));
    assert_eq!(Shown::list([&sold], None, agent), None);
}
