//! The true state at the end: the database through the API, and all events of every route, read
//! again from the first by a separate reader.

use std::collections::HashMap;

use anyhow::{Context as _, bail};
use bytes::BytesMut;
use history_checker::{Event, Legs};
use serde::Deserialize;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use super::http::{Ask, ask};
use crate::seat_map::{EventType, Seat, SeatMap, Update};

/// A longer event is an error.
const EVENT_BYTES_MAX: usize = 64 << 10;

/// One route as it is, and every event that made it so.
pub(crate) struct Truth {
    pub(crate) seq: u64,
    pub(crate) map: SeatMap,
    /// Sums of the fingerprints of the first n events, for every n.
    fingerprints: Vec<u64>,
    pub(crate) events: Vec<Event>,
    /// Each ticket by its events: its status, and its seat.
    pub(crate) tickets: HashMap<String, (&'static str, usize)>,
}

impl Truth {
    /// Reads it; contradictions are returned as sentences.
    pub(crate) async fn read(
        port: u16,
        route_id: &str,
        mut differs: impl FnMut(String),
    ) -> anyhow::Result<Self> {
        #[derive(Deserialize)]
        struct Route<'a> {
            seq: u64,
            #[serde(borrow)]
            tickets: Vec<Seat<'a>>,
        }
        let path = format!("/routes/{route_id}");
        let answer = ask(port, &Ask::get(path, None)).await?.body.to_string();
        let route: Route<'_> = serde_json::from_str(&answer)?;
        let seq = route.seq;
        let map = SeatMap::of(route.tickets);
        let (events, tickets) = (Vec::new(), HashMap::default());
        let mut truth = Self { seq, map, fingerprints: vec![0], events, tickets };
        let mut folded = SeatMap::default();
        let mut last = 0;
        truth
            .read_events(port, route_id, |update| {
                if update.seq != last + 1 {
                    differs(format!(
                        "event {} of route {route_id} stands behind {last}",
                        update.seq
                    ));
                }
                last = update.seq;
                folded.fold(update);
            })
            .await?;
        if let Some(difference) = folded.difference(&truth.map) {
            differs(format!("all events of route {route_id} do not make its map: {difference}"));
        }
        Ok(truth)
    }

    /// Whether these are exactly the events after `start` up to `last`.
    pub(crate) fn is_what_was_seen(&self, start: u64, last: u64, sum: u64) -> bool {
        let upto = |seq| usize::try_from(seq).ok().and_then(|seq| self.fingerprints.get(seq));
        matches!((upto(start), upto(last)), (Some(one), Some(two)) if two.wrapping_sub(*one) == sum)
    }

    async fn read_events(
        &mut self,
        port: u16,
        route_id: &str,
        mut see: impl FnMut(&Update<'_>),
    ) -> anyhow::Result<()> {
        if self.seq == 0 {
            return Ok(());
        }
        let mut stream = TcpStream::connect(("127.0.0.1", port)).await?;
        // In the older version the answer ends with the connection and comes as it is; its head
        // comes before the first event, where it does no harm.
        let request = format!(
            "GET /routes/{route_id}/events HTTP/1.0\r\nHost: localhost\r\nLast-Event-ID: 0\r\n\r\n"
        );
        stream.write_all(request.as_bytes()).await?;
        let mut pending = BytesMut::new();
        loop {
            if stream.read_buf(&mut pending).await? == 0 {
                bail!("the event stream ended");
            }
            while let Some(end) = pending.windows(2).position(|bytes| bytes == b"\n\n") {
                let event = pending.split_to(end + 2);
                if self.event(std::str::from_utf8(&event)?, &mut see)? {
                    return Ok(());
                }
            }
            if pending.len() > EVENT_BYTES_MAX {
                bail!("an endless event");
            }
        }
    }

    /// True if it was the last one.
    fn event(&mut self, text: &str, see: &mut impl FnMut(&Update<'_>)) -> anyhow::Result<bool> {
        let mut lines = text.lines();
        if !lines.clone().any(|line| line == "event: seat_update" || line == "event:seat_update") {
            return Ok(false);
        }
        let data = lines.find_map(|line| line.strip_prefix("data:")).context("no data")?;
        let update: Update<'_> = serde_json::from_str(data)?;
        see(&update);
        let sum = self.fingerprints.last().copied().unwrap_or(0);
        self.fingerprints.push(sum.wrapping_add(update.fingerprint()));
        self.events.push(event(&update));
        let status = match update.event_type {
            EventType::Reserved => "RESERVED",
            EventType::Confirmed => "CONFIRMED",
            EventType::Suspended => "SUSPENDED",
            EventType::Cancelled => "CANCELLED",
            EventType::Available => return Ok(update.seq >= self.seq),
        };
        if let Some(ticket) = update.ticket_id {
            self.tickets.insert(ticket.to_owned(), (status, update.seat_number));
        }
        Ok(update.seq >= self.seq)
    }
}

fn event(update: &Update<'_>) -> Event {
    let kind = match update.event_type {
        EventType::Reserved => history_checker::Kind::Reserved,
        EventType::Confirmed => history_checker::Kind::Confirmed,
        EventType::Suspended => history_checker::Kind::Suspended,
        EventType::Cancelled => history_checker::Kind::Cancelled,
        EventType::Available => history_checker::Kind::Available,
    };
    let ticket = update.ticket_id.map(str::to_owned);
    Event { kind, seat: update.seat_number, legs: Legs(update.legs()), ticket }
}
