//! Guessing a booking code or its phone number: every wrong pair makes the next attempt wait
//! longer.

use std::net::Ipv4Addr;
use std::time::{Duration, Instant};

use serde_json::json;

use crate::support::raw_connection::RawConnection;
use crate::support::world::{World, text_at};

const RIGHT: &str = "5321234567";
const WRONG: &str = "5321234568";
const WAIT_SECONDS_MAX: u16 = 60;

/// More than people mistype, and few compared with the 60,466,176 possible codes.
const GUESSES_MAX: u32 = 15;

/// Long enough for the short waits that these tests cause.
const PATIENCE: Duration = Duration::from_secs(60);

/// Status and `Retry-After` of a look-up from an address of its own.
fn look_up(world: &World, from: u8, pnr: &str, phone: &str) -> (u16, Option<u16>) {
    let address = Ipv4Addr::new(127, 0, 0, from);
    let mut connection = RawConnection::open_from(address, world.server.port);
    connection.send(format!(
        "GET /tickets/pnr/{pnr}?phone={phone} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
    ));
    let head = connection.head().to_lowercase();
    let status = head.split(' ').nth(1).unwrap().parse().unwrap();
    let wait = head.split("retry-after: ").nth(1).and_then(|rest| rest.lines().next());
    (status, wait.map(|seconds| seconds.trim().parse().unwrap()))
}

#[test]
fn an_address_that_guesses_codes_is_slowed_down_alone() {
    let world = World::new();
    let route = world.some_route();
    let ticket = world.booked(&world.owner, &route, 1);
    let pnr = text_at(&ticket, "pnrNumber");
    let mut wrong = 0;
    let wait = loop {
        // Every third one cannot be a code at all.
        let code = if wrong % 3 == 0 { "nothing".into() } else { format!("VV00{wrong:05}") };
        match look_up(&world, 2, &code, RIGHT) {
            (404, None) => wrong += 1,
            (429, Some(wait)) => break wait,
            other => panic!("{other:?}"),
        }
        assert!(wrong < GUESSES_MAX, "guessing costs nothing");
    };
    assert!((1..=WAIT_SECONDS_MAX).contains(&wait), "{wait}");
    assert_eq!(look_up(&world, 2, pnr, RIGHT).0, 429, "a right guess is not told either");
    assert_eq!(look_up(&world, 3, pnr, RIGHT).0, 200, "another address");
    // The list is protected in the same way.
    let mut connection = RawConnection::open_from(Ipv4Addr::new(127, 0, 0, 2), world.server.port);
    connection.send(format!(
        "GET /tickets/search?pnrNumber={pnr}&userPhoneNumber={RIGHT} HTTP/1.1\r\nHost: x\r\n\
         Connection: close\r\n\r\n"
    ));
    let told = String::from_utf8(connection.rest()).unwrap();
    assert!(told.starts_with("HTTP/1.1 429"), "{told}");
    assert!(told.contains("too_many_wrong_pairs"), "{told}");
}

#[test]
fn wrong_pairs_are_answered_alike() {
    let world = World::new();
    let ticket = world.booked(&world.owner, &world.some_route(), 1);
    let pnr = text_at(&ticket, "pnrNumber");
    let told = |path: &str| {
        let mut problem = world.nobody.get(path).problem(404, "ticket_not_found");
        for field in ["requestId", "instance"] {
            problem[field] = json!(null);
        }
        problem
    };
    let wrong_phone = told(&format!("/tickets/pnr/{pnr}?phone={WRONG}"));
    assert_eq!(told(&format!("/tickets/pnr/VV00ZZZZZ?phone={RIGHT}")), wrong_phone);
    assert_eq!(told(&format!("/tickets/pnr/x?phone={RIGHT}")), wrong_phone);
}

/// Strangers at many addresses try one code without a pause: its owner waits once and is let in.
#[test]
fn strangers_cannot_lock_the_owner_of_a_code_out() {
    let world = World::new();
    let ticket = world.booked(&world.owner, &world.some_route(), 1);
    let pnr = text_at(&ticket, "pnrNumber");
    let mut strangers = (10..=250).cycle();
    let mut stranger = || look_up(&world, strangers.next().unwrap(), pnr, WRONG);
    let mut wrong = 0;
    while stranger().0 == 404 {
        wrong += 1;
        assert!(wrong < GUESSES_MAX, "guessing costs nothing");
    }
    let (status, wait) = look_up(&world, 9, pnr, RIGHT);
    assert_eq!(status, 429);
    assert!(wait.is_some_and(|wait| (1..=WAIT_SECONDS_MAX).contains(&wait)), "{wait:?}");
    let deadline = Instant::now() + PATIENCE;
    while look_up(&world, 9, pnr, RIGHT).0 == 429 {
        stranger();
        assert!(Instant::now() < deadline, "the owner is locked out");
    }
    // Neither the owner's account nor staff have to wait.
    assert_eq!(world.owner.get(&format!("/tickets/pnr/{pnr}")).status, 200);
    assert_eq!(world.agent.get(&format!("/tickets/pnr/{pnr}")).status, 200);
}

/// While the store fails no pair is checked, so no attempt counts as a guess.
#[test]
fn an_outage_turns_no_guest_away() {
    let world = World::new();
    let ticket = world.booked(&world.owner, &world.some_route(), 1);
    let pnr = text_at(&ticket, "pnrNumber");
    let database = rusqlite::Connection::open(world.folder.path().join("s.db")).unwrap();
    database.busy_timeout(PATIENCE).unwrap();
    let pair = json!({"pnrNumber": pnr, "phone": RIGHT});
    let cancel = format!("/bookings/{}/cancel", text_at(&ticket, "bookingId"));
    database.execute_batch("ALTER TABLE bookings RENAME TO bookings_aside").unwrap();
    for _ in 0..GUESSES_MAX {
        assert!(look_up(&world, 4, pnr, RIGHT).0 >= 500);
        assert!(world.nobody.patch(&cancel, &pair).status >= 500);
    }
    database.execute_batch("ALTER TABLE bookings_aside RENAME TO bookings").unwrap();
    assert_eq!(look_up(&world, 4, pnr, RIGHT).0, 200);
    world.nobody.patch(&cancel, &pair).ok(200);
}
