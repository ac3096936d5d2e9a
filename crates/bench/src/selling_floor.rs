//! The floor of `steady`: a bare tokio server that answers a sale and its cancellation at once, and
//! sends their events to the viewers of the departure.
//!
//! It has Seatwire's requests and frames, so the same client measures both. It stores nothing,
//! checks no seat and keeps no log: whatever Seatwire takes beyond this is what it does for it.

use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::rc::Rc;

use anyhow::{Context as _, bail};
use jiff::Timestamp;
use memchr::memmem;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Mutex;
use tokio::task::LocalSet;

use crate::json::{number_behind, text_behind};

/// What a client sends at most at once.
const REQUEST_BYTES_MAX: usize = 16 << 10;

/// On one thread: it has one core, as the server that it is compared with.
#[expect(clippy::print_stdout, reason = "the line that says where it listens")]
pub(crate) fn serve() -> anyhow::Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    LocalSet::new().block_on(&runtime, async {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        println!("listening on http://localhost:{}", listener.local_addr()?.port());
        accept(listener).await
    })
}

/// Until accepting fails.
async fn accept(listener: TcpListener) -> anyhow::Result<()> {
    let floor = Rc::new(Floor::default());
    loop {
        let (stream, _) = listener.accept().await?;
        stream.set_nodelay(true)?;
        let floor = Rc::clone(&floor);
        // A client that hangs up ends its own connection, and the run notices what is missing.
        tokio::task::spawn_local(async move { drop(floor.converse(stream).await) });
    }
}

#[derive(Default)]
struct Floor {
    rooms: RefCell<HashMap<String, Rc<Mutex<Room>>>>,
    /// Route and seat of each ticket that was not cancelled.
    sold: RefCell<HashMap<String, (String, u64)>>,
    tickets: Cell<u64>,
}

#[derive(Default)]
struct Room {
    viewers: Vec<TcpStream>,
    seq: u64,
}

/// A request of a seller or a viewer.
struct Request {
    head: String,
    body: Vec<u8>,
}

impl Floor {
    async fn converse(&self, mut stream: TcpStream) -> anyhow::Result<()> {
        let mut pending = Vec::new();
        while let Some(request) = read(&mut stream, &mut pending).await? {
            let at = now();
            if request.head.starts_with("GET /socket.io/") {
                return self.welcome(stream).await;
            }
            let (status, ticket, route, seat, events) =
                if request.head.starts_with("POST /tickets ") {
                    let route = text_behind(&request.body, br#""routeId":""#);
                    let route = route.context("no route")?.to_owned();
                    let seat = number_behind(&request.body, br#""seatNumber":"#);
                    let seat = seat.context("no seat")?;
                    let ticket = self.next_ticket();
                    self.sold.borrow_mut().insert(ticket.clone(), (route.clone(), seat));
                    ("201 Created", ticket, route, seat, &["seat_confirmed"][..])
                } else {
                    let ticket = request.head.strip_prefix("PATCH /tickets/");
                    let ticket = ticket.and_then(|rest| rest.split_once("/cancel "));
                    let (ticket, _) = ticket.context("not what a seller asks")?;
                    let sold = self.sold.borrow_mut().remove(ticket);
                    let (route, seat) = sold.context("no such ticket")?;
                    let events = &["seat_cancelled", "seat_available"][..];
                    ("200 OK", ticket.to_owned(), route, seat, events)
                };
            let body = format!(r#"{{"id":"{ticket}"}}"#);
            let length = body.len();
            let answer = format!("HTTP/1.1 {status}\r\nContent-Length: {length}\r\n\r\n{body}");
            stream.write_all(answer.as_bytes()).await?;
            self.publish(&route, seat, &ticket, events, at).await?;
        }
        Ok(())
    }

    /// Every viewer of the route gets all events of one command in one write, as from Seatwire.
    async fn publish(
        &self,
        route: &str,
        seat: u64,
        ticket: &str,
        events: &[&str],
        at: Timestamp,
    ) -> anyhow::Result<()> {
        let room = self.room(route);
        let mut room = room.lock().await;
        let mut frames = Vec::new();
        for event in events {
            room.seq += 1;
            frames.extend(frame(&seat_update(route, seat, (event, ticket), room.seq, at))?);
        }
        for viewer in &mut room.viewers {
            viewer.write_all(&frames).await?;
        }
        Ok(())
    }

    /// The handshake of a viewer. It is in its room before it knows that it is.
    async fn welcome(&self, mut stream: TcpStream) -> anyhow::Result<()> {
        let mut answer = b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\
            Connection: Upgrade\r\nSec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n"
            .to_vec();
        answer.extend(frame("0{}")?);
        answer.extend(frame("40/seats,{}")?);
        stream.write_all(&answer).await?;
        // The bench's viewers mask with zeros.
        let mut told = Vec::new();
        let route = loop {
            if let Some(route) = text_behind(&told, br#""routeId":""#) {
                break route.to_owned();
            }
            if told.len() > REQUEST_BYTES_MAX || stream.read_buf(&mut told).await? == 0 {
                bail!("a viewer that does not subscribe");
            }
        };
        let room = self.room(&route);
        let mut room = room.lock().await;
        stream.write_all(&frame(r#"42/seats,["subscribed",{}]"#)?).await?;
        room.viewers.push(stream);
        Ok(())
    }

    fn room(&self, route: &str) -> Rc<Mutex<Room>> {
        let mut rooms = self.rooms.borrow_mut();
        Rc::clone(rooms.entry(route.to_owned()).or_default())
    }

    fn next_ticket(&self) -> String {
        let number = self.tickets.replace(self.tickets.get() + 1);
        format!("00000000-0000-7000-{:04x}-{:012x}", number >> 48, number & 0xffff_ffff_ffff)
    }
}

/// `None` when the client has left. `pending`: what came after the request before.
async fn read(stream: &mut TcpStream, pending: &mut Vec<u8>) -> anyhow::Result<Option<Request>> {
    loop {
        if let Some(end) = memmem::find(pending, b"\r\n\r\n") {
            let head = std::str::from_utf8(pending.get(..end).unwrap_or_default())?.to_owned();
            let length = head.lines().find_map(|line| line.strip_prefix("Content-Length: "));
            let length: usize = length.map_or(Ok(0), |length| length.trim().parse())?;
            let whole = end + 4 + length;
            if pending.len() >= whole {
                let body = pending.get(end + 4..whole).unwrap_or_default().to_vec();
                pending.drain(..whole);
                return Ok(Some(Request { head, body }));
            }
        }
        if pending.len() > REQUEST_BYTES_MAX {
            bail!("an endless request");
        }
        if stream.read_buf(pending).await? == 0 {
            return Ok(None);
        }
    }
}

/// As Seatwire writes it.
fn seat_update(
    route: &str,
    seat: u64,
    (event, ticket): (&str, &str),
    seq: u64,
    at: Timestamp,
) -> String {
    let (ticket, reason) = match event {
        "seat_available" => (String::new(), "cancelled"),
        "seat_cancelled" => (ticket_fields(ticket), "cancelled"),
        _ => (ticket_fields(ticket), "sold"),
    };
    format!(
        r#"42/seats,["seat_update",{{"routeId":"{route}","seatNumber":{seat},"eventType":"{event}",{ticket}"fromStopIndex":0,"toStopIndex":3,"seq":{seq},"timestamp":"{at:.3}","metadata":{{"fromCity":"Istanbul","toCity":"Ankara","price":450,"gender":"OTHER","reason":"{reason}"}}}}]"#
    )
}

fn ticket_fields(ticket: &str) -> String {
    format!(r#""ticketId":"{ticket}","pnrNumber":"VV00ABCDE","#)
}

/// A text from a server, not masked.
fn frame(text: &str) -> anyhow::Result<Vec<u8>> {
    let mut frame = vec![0x81];
    match u8::try_from(text.len()) {
        Ok(short) if short < 126 => frame.push(short),
        _ => {
            frame.push(126);
            frame.extend(u16::try_from(text.len())?.to_be_bytes());
        }
    }
    frame.extend_from_slice(text.as_bytes());
    Ok(frame)
}

#[expect(clippy::disallowed_methods, reason = "the load generator has a clock of its own")]
fn now() -> Timestamp {
    Timestamp::now()
}

#[cfg(test)]
mod tests {
    use std::rc::Rc;

    use tokio::net::TcpListener;
    use tokio::task::LocalSet;

    use super::{accept, seat_update};
    use crate::company::Company;
    use crate::crowd;
    use crate::lateness::{Lateness, Watching};
    use crate::trading::Trading;

    /// Every viewer of a departure gets its events, and no other's; the same client finds a time
    /// for each, by both measures.
    #[tokio::test]
    async fn it_sells_and_tells_as_seatwire_does() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let run = async {
            tokio::task::spawn_local(accept(listener));
            let company = Rc::new(Company::on_a_floor(port, 3, 40));
            let lateness = Rc::new(Lateness::new().unwrap());
            let watching = Rc::clone(&lateness);
            let sight = move |_| Watching(Rc::clone(&watching));
            crowd::gather(port, 0..6, 6, &company.routes, sight).await.unwrap();
            let traded = Trading::new(&company, 40, 600).trade(90).await.unwrap();
            // Two viewers of each departure.
            let expected = 2 * traded.events.iter().sum::<usize>();
            let times = lateness.take(expected).await.unwrap();
            assert_eq!((traded.events, expected), (vec![30; 3], 180));
            // An event that names no ticket has no answer to count from.
            assert_eq!(times.after_answers(&traded.answered).len(), 120);
            assert!(times.at_most(1.0) < std::time::Duration::from_secs(10));
        };
        LocalSet::new().run_until(run).await;
    }

    /// What Seatwire sent for such a sale, with other ids and times.
    const OF_SEATWIRE: &str = r#"42/seats,["seat_update",{"routeId":"01a22987-d416-7382-b5fa-012ddede84b8","seatNumber":15,"eventType":"seat_confirmed","ticketId":"01a22987-e704-7a8d-bb2d-24e58f94b20a","pnrNumber":"VV00ABCDE","fromStopIndex":0,"toStopIndex":3,"seq":42,"timestamp":"2026-11-29T22:58:22.084Z","metadata":{"fromCity":"Istanbul","toCity":"Ankara","price":450,"gender":"OTHER","reason":"sold"}}]"#;

    #[test]
    fn its_events_are_those_of_seatwire() {
        let route = "01a22987-d416-7382-b5fa-012ddede84b8";
        let ticket = "01a22987-e704-7a8d-bb2d-24e58f94b20a";
        let at = "2026-11-29T22:58:22.084Z".parse().unwrap();
        assert_eq!(seat_update(route, 15, ("seat_confirmed", ticket), 42, at), OF_SEATWIRE);
        let free = seat_update(route, 15, ("seat_available", ticket), 43, at);
        assert!(!free.contains("ticketId") && !free.contains("pnrNumber"), "{free}");
    }
}
