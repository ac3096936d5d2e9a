//! The money at the end of a run. No payment is left whose end is not known. Then, for each
//! booking, what was taken and not given back is exactly what its paid tickets cost.

use std::time::Duration;

use booking::UNANSWERED_SECONDS;
use serde::Deserialize;
use serde_json::json;
use tokio::time::{Instant, sleep};

use super::booked::Booked;
use super::http::Ask;
use super::ledger::When;
use super::till::Till;
use super::verdict::Verdict;
use crate::keep_alive::{KeepAlive, request};

/// Servers look for unfinished payments in rounds, and claim each for some seconds: they may be
/// this much later than [`UNANSWERED_SECONDS`].
const ROUNDS_GRACE: Duration = Duration::from_secs(45);

const LOOK_PERIOD: Duration = Duration::from_millis(500);

/// The error of rounding when sums of lira with two decimals are compared.
const LIRA_EPSILON: f64 = 0.001;

/// A booking, as an administrator reads it.
#[derive(Debug, Deserialize)]
struct Books {
    id: String,
    paid: f64,
    refunded: f64,
    tickets: Vec<BookedTicket>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct BookedTicket {
    id: String,
    status: String,
    payment_status: String,
    price: f64,
}

impl Books {
    fn price_of(&self, payment_status: &str) -> f64 {
        let of = self.tickets.iter().filter(|ticket| ticket.payment_status == payment_status);
        of.map(|ticket| ticket.price).sum()
    }

    /// What is wrong with it. `taken`: what must have been taken for a ticket, by the answers.
    fn faults(&self, taken: impl Fn(&str) -> f64) -> Vec<String> {
        let mut faults = Vec::new();
        for BookedTicket { id, status, payment_status, .. } in &self.tickets {
            let is_right = match status.as_str() {
                "CONFIRMED" => payment_status == "PAID",
                "CANCELLED" | "RESERVED" => payment_status != "PAID",
                _ => true,
            };
            if !is_right {
                faults.push(format!("ticket {id} is {status} and {payment_status}"));
            }
        }
        let (kept, paid) = (self.paid - self.refunded, self.price_of("PAID"));
        if (kept - paid).abs() > LIRA_EPSILON {
            faults.push(format!("{kept} is kept, and what is paid costs {paid}"));
        }
        let back = self.price_of("REFUNDED");
        if self.refunded + LIRA_EPSILON < back {
            faults.push(format!("{} went back for tickets of {back}", self.refunded));
        }
        let taken: f64 = self.tickets.iter().map(|ticket| taken(&ticket.id)).sum();
        if self.paid + LIRA_EPSILON < taken {
            faults.push(format!("{taken} was acknowledged, and {} taken", self.paid));
        }
        faults
    }
}

/// The sum over all states; `None` while the server does not know it.
fn unfinished(metrics: &str) -> Option<f64> {
    let samples = metrics.lines().filter(|line| line.starts_with("seatwire_payments_unfinished{"));
    let values: Vec<f64> = samples
        .map(|line| line.rsplit(' ').next()?.parse().ok().filter(|value: &f64| value.is_finite()))
        .collect::<Option<_>>()?;
    (!values.is_empty()).then(|| values.iter().sum())
}

impl Verdict<'_> {
    /// Waits until every payment has its end: until then nobody knows what it did.
    pub(crate) async fn payments_have_ended(&self) -> anyhow::Result<()> {
        let bound = Duration::from_secs(u64::from(UNANSWERED_SECONDS)) + ROUNDS_GRACE;
        let deadline = Instant::now() + bound;
        let question = request("GET", "/metrics", Some(self.admin), None);
        let mut is_first = true;
        loop {
            let mut connection = KeepAlive::connect(self.port).await?;
            let answer = connection.insist(&question).await?;
            let left = unfinished(std::str::from_utf8(answer.good()?)?);
            if left == Some(0.0) {
                return Ok(());
            }
            if std::mem::take(&mut is_first) {
                self.world.say(&format!("{left:?} payments have no end yet"));
            }
            if Instant::now() > deadline {
                self.world.differs(format!("after {bound:?} {left:?} payments have no end"));
                return Ok(());
            }
            sleep(LOOK_PERIOD).await;
        }
    }

    /// Adds up the money of these bookings.
    pub(crate) async fn money(&self, bookings: Vec<String>, till: &Till) -> anyhow::Result<()> {
        let tally = &self.world.tally;
        let may_be_lost = |when: When| self.world.may_be_lost(when.asked, when.answered);
        for (_, books) in self.read_each("/bookings", bookings).await? {
            let books: Books = serde_json::from_value(books)?;
            tally.bookings_added_up.add(1);
            for fault in books.faults(|ticket| till.taken(ticket, may_be_lost)) {
                self.world.differs(format!("booking {}: {fault}, {:?}", books.id, books.tickets));
            }
            for ticket in books.tickets.iter().filter(|ticket| till.is_unanswered(&ticket.id)) {
                let end = match ticket.payment_status.as_str() {
                    "PAID" => &tally.unanswered_paid,
                    _ if books.paid > 0.0 => &tally.unanswered_given_back,
                    _ => &tally.unanswered_not_taken,
                };
                end.add(1);
            }
        }
        Ok(())
    }

    /// Every booking of a family is there once and whole, and exactly what was taken for it.
    /// `have_ended`: whether all payments have an end.
    pub(crate) async fn families(&self, told: Vec<Booked>, have_ended: bool) -> anyhow::Result<()> {
        let mut connection = KeepAlive::connect(self.port).await?;
        for Booked { id, tickets, phone, paid, total, when, unanswered } in told {
            // Where a failover may have lost it, the tickets were judged one by one.
            if self.world.may_be_lost(when.asked, when.answered) {
                continue;
            }
            let paid = match unanswered.filter(|_| have_ended) {
                None => paid,
                Some(payment) => self.ended(&payment, total, &mut connection).await?,
            };
            let question = Ask::get(format!("/bookings/{id}"), Some(self.admin));
            let booking = question.over(&mut connection).await?.body;
            let search = format!("/tickets/search?userPhoneNumber={phone}");
            let of_phone = Ask::get(search, Some(self.admin)).over(&mut connection).await?;
            let found = booking["tickets"].as_array().map_or(&[][..], Vec::as_slice);
            let ids: Vec<_> = found.iter().filter_map(|ticket| ticket["id"].as_str()).collect();
            if ids != tickets.iter().map(String::as_str).collect::<Vec<_>>() {
                self.world.differs(format!("booking {id} is of {tickets:?}, and there: {booking}"));
            }
            if of_phone.total != u64::try_from(tickets.len()).ok() {
                let total = of_phone.total;
                let what = format!("booking {id} of {} was made once", tickets.len());
                self.world.differs(format!("{what}, and with its phone there are {total:?}"));
            }
            // A value that is no number equals nothing.
            let is = booking["paid"].as_f64().unwrap_or(f64::NAN);
            let agrees = (is - paid).abs() < LIRA_EPSILON;
            if !agrees {
                self.world.differs(format!("for booking {id} {paid} was taken, it says {booking}"));
            }
        }
        Ok(())
    }

    /// Repeats a payment that was still in flight at the end: now it has an answer. Returns what
    /// was taken.
    async fn ended(
        &self,
        payment: &Ask,
        total: f64,
        connection: &mut KeepAlive,
    ) -> anyhow::Result<f64> {
        let answer = payment.over(connection).await?;
        if answer.status != 200 {
            let what = format!("a payment has no end: {} {}", answer.status, answer.body);
            self.world.differs(what);
        }
        Ok(taken(&answer.body, total))
    }
}

/// What a payment of this amount took, by its answer.
pub(super) fn taken(body: &serde_json::Value, total: f64) -> f64 {
    let was_taken = body["success"] == json!(true) || body["errorCode"] == json!("SEAT_GONE");
    if was_taken { body["payment"]["amount"].as_f64().unwrap_or(total) } else { 0.0 }
}

#[cfg(test)]
mod tests {
    use super::{BookedTicket, Books, taken, unfinished};
    use serde_json::json;

    fn books(paid: f64, refunded: f64, tickets: &[(&str, &str)]) -> Books {
        let ticket = |(status, payment_status): &(&str, &str)| BookedTicket {
            id: "a ticket".to_owned(),
            status: (*status).to_owned(),
            payment_status: (*payment_status).to_owned(),
            price: 450.5,
        };
        let tickets = tickets.iter().map(ticket).collect();
        Books { id: "a booking".to_owned(), paid, refunded, tickets }
    }

    fn faults(books: &Books) -> usize {
        books.faults(|_| 0.0).len()
    }

    #[test]
    fn books_that_balance_have_no_fault() {
        let reserved = [("CANCELLED", "PENDING")];
        assert_eq!(faults(&books(0.0, 0.0, &reserved)), 0);
        assert_eq!(faults(&books(450.5, 0.0, &[("CONFIRMED", "PAID")])), 0);
        let one_left = [("CONFIRMED", "PAID"), ("CANCELLED", "REFUNDED")];
        assert_eq!(faults(&books(901.0, 450.5, &one_left)), 0);
        // Taken when the hold was over, and given back.
        assert_eq!(faults(&books(450.5, 450.5, &reserved)), 0);
    }

    #[test]
    fn money_without_a_ticket_or_a_refund_is_found() {
        assert_eq!(faults(&books(450.5, 0.0, &[("CANCELLED", "PENDING")])), 1, "charged");
        assert_eq!(faults(&books(901.0, 0.0, &[("CONFIRMED", "PAID")])), 1, "charged twice");
        assert_eq!(faults(&books(0.0, 0.0, &[("CONFIRMED", "PAID")])), 1, "never charged");
        assert_eq!(faults(&books(0.0, 0.0, &[("CONFIRMED", "PENDING")])), 1, "not paid");
        assert_eq!(faults(&books(450.5, 0.0, &[("CANCELLED", "PAID")])), 1, "still paid");
        assert_eq!(faults(&books(0.0, 0.0, &[("CANCELLED", "REFUNDED")])), 1, "nothing went back");
        let acknowledged = books(0.0, 0.0, &[("CANCELLED", "PENDING")]);
        assert_eq!(acknowledged.faults(|_| 450.5).len(), 1, "acknowledged and forgotten");
    }

    #[test]
    fn what_is_unfinished_is_summed_and_not_guessed() {
        let sample = |state: &str, value: &str| {
            format!("seatwire_payments_unfinished{{state=\"{state}\"}} {value}\n")
        };
        let text = |one: &str, two: &str| sample("started", one) + &sample("refunding", two);
        assert_eq!(unfinished(&text("0", "0")), Some(0.0));
        assert_eq!(unfinished(&text("2", "1")), Some(3.0));
        assert_eq!(unfinished(&text("NaN", "NaN")), None, "the database does not answer");
        assert_eq!(unfinished("seatwire_holds 0\n"), None);
    }

    #[test]
    fn an_answer_says_what_was_taken() {
        let paid = json!({ "success": true, "payment": { "amount": 901.0 } });
        let declined = json!({ "success": false, "errorCode": "ABANDONED" });
        let gone = json!({ "success": false, "errorCode": "SEAT_GONE" });
        assert_eq!([paid, declined, gone].map(|body| taken(&body, 450.5)), [901.0, 0.0, 450.5]);
    }
}
