//! Many log in at once: they wait for each other, and no other request waits for them.

use std::net::Ipv4Addr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use serde_json::{Value, json};

use crate::support::raw_connection::RawConnection;
use crate::support::world::{ADMIN_EMAIL, PASSWORD, World};

/// With this many, honest logins used to fail.
const CROWD: u16 = 300;
const HONEST: u8 = 25;

fn login(email: &str, password: &str) -> String {
    let body = json!({"email": email, "password": password}).to_string();
    format!(
        "POST /auth/login HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n\
         Content-Length: {}\r\n\r\n{body}",
        body.len()
    )
}

/// The status and the head of the next answer; its body is read and dropped.
fn answer(connection: &mut RawConnection) -> Option<(u16, String)> {
    let head = connection.head().to_lowercase();
    let status = head.split(' ').nth(1)?.parse().ok()?;
    let length = head.split("content-length: ").nth(1)?.lines().next()?.trim().parse().ok()?;
    connection.take(length)?;
    Some((status, head))
}

#[test]
fn a_storm_of_logins_slows_nothing_but_itself() {
    let world = World::new();
    let port = world.server.port;
    let route = world.some_route();
    let is_over = Arc::new(AtomicBool::new(false));
    let answered = Arc::new(AtomicUsize::new(0));
    // All from one address, each again and again, with wrong passwords for an existing account.
    // After a while they get an answer to wait, and do not wait.
    let storm: Vec<_> = (0..CROWD)
        .map(|_| {
            let (is_over, answered) = (Arc::clone(&is_over), Arc::clone(&answered));
            let mut connection = RawConnection::open_from(Ipv4Addr::new(127, 0, 0, 2), port);
            std::thread::spawn(move || {
                let mut statuses = Vec::new();
                while !is_over.load(Ordering::Relaxed) {
                    connection.send(login(ADMIN_EMAIL, "not the password"));
                    let (status, head) = answer(&mut connection).expect("an answer");
                    assert!(status != 503 || head.contains("retry-after: "), "{head}");
                    answered.fetch_add(1, Ordering::Relaxed);
                    statuses.push(status);
                }
                statuses
            })
        })
        .collect();
    // The storm is under way: more have been answered than could wait in the queue at once.
    while answered.load(Ordering::Relaxed) < 20 {
        std::thread::yield_now();
    }
    // Honest users from other addresses, and one from the same with another account.
    for last in 0..HONEST {
        let mut connection = RawConnection::open_from(Ipv4Addr::new(127, 0, 1, last), port);
        connection.send(login(ADMIN_EMAIL, PASSWORD));
        assert_eq!(answer(&mut connection).expect("an answer").0, 200, "number {last}");
    }
    let mut connection = RawConnection::open_from(Ipv4Addr::new(127, 0, 0, 2), port);
    connection.send(login("owner@test.example", PASSWORD));
    assert_eq!(answer(&mut connection).expect("an answer").0, 200);
    // All other requests are served meanwhile.
    for seat in 1..=20 {
        let ticket: Value = world.booked(&world.owner, &route, seat);
        world.owner.get(&format!("/tickets/{}", ticket["id"].as_str().unwrap())).ok(200);
    }
    is_over.store(true, Ordering::Relaxed);
    let statuses: Vec<_> = storm.into_iter().flat_map(|one| one.join().unwrap()).collect();
    assert!(statuses.iter().all(|status| matches!(status, 401 | 429 | 503)), "{statuses:?}");
    // The storm had its turns, too.
    assert!(statuses.contains(&401));
}
