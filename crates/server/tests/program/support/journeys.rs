//! Families' requests for a route there and one back, with their answers, compared with the store's
//! order of each in the end. One clock for both.

use std::sync::Mutex;

use history_checker::{Asked, Operation, Outcome, Times, was_right};
use serde_json::{Value, json};

use super::api::Api;
use super::record::{Record, judged};
use super::world::{id, text_at};

pub struct Journeys {
    there_and_back: [Record; 2],
    /// Requests for both ways at once, on each of the two routes.
    refused: Mutex<Vec<[Operation; 2]>>,
}

/// How much was checked, on both routes.
#[derive(Debug, Default)]
pub struct Judged {
    pub tickets: usize,
    pub refusals: usize,
    pub refusals_of_returns: usize,
    pub maps: usize,
}

impl Journeys {
    pub fn of([there, back]: [&Value; 2]) -> Self {
        let there = Record::of(there);
        let back = there.beside(back);
        Self { there_and_back: [there, back], refused: Mutex::default() }
    }

    /// Books this many travellers side by side from a seat on, one way or there and back. Returns
    /// whether it succeeded.
    pub fn book(
        &self,
        by: &str,
        api: &Api,
        (first, travellers): (u16, u16),
        with_return: bool,
    ) -> bool {
        let [there, back] = &self.there_and_back;
        let routes = if with_return { &[there, back][..] } else { &[there] };
        let seats = first..first + travellers;
        let passenger = |seat: u16| json!({"gender": "FEMALE", "passengerName": "Ayşe Yılmaz", "seatNumber": seat});
        let journey = |of: &&Record| {
            json!({
                "routeId": id(&of.route), "fromCity": of.route["fromCity"], "toCity": of.route["toCity"],
                "passengers": seats.clone().map(passenger).collect::<Vec<_>>(),
            })
        };
        let contact = json!({"name": "Ayşe Yılmaz", "phone": "+90 532 123 45 67"});
        let journeys: Vec<_> = routes.iter().map(journey).collect();
        let asked = there.micros();
        let answer = api.post("/bookings", &json!({"journeys": journeys, "contact": contact}));
        let times = Times { asked, answered: Some(there.micros()) };
        let operation = |asked, outcome| Operation { by: by.to_owned(), times, asked, outcome };
        if answer.status == 201 {
            let booking = answer.json();
            for ticket in booking["tickets"].as_array().expect("tickets") {
                let of = routes.iter().find(|of| id(&of.route) == text_at(ticket, "routeId"));
                let of = of.expect("a route that was asked for");
                let seat = ticket["seatNumber"].as_u64().expect("a seat");
                let seat = usize::try_from(seat).expect("few");
                let done = Outcome::Done { ticket: id(ticket).to_owned() };
                of.add(operation(Asked::Book { seat, legs: of.legs }, done));
            }
            return true;
        }
        answer.problem(409, "seat_taken");
        let refused = |of: &Record| {
            let seats = seats.clone().map(|seat| (usize::from(seat), of.legs)).collect();
            operation(Asked::BookTogether { seats }, Outcome::SeatTaken)
        };
        match with_return {
            false => there.add(refused(there)),
            true => {
                let both = [refused(there), refused(back)];
                self.refused.lock().expect("nobody panicked").push(both);
            }
        }
        false
    }

    pub fn read(&self, by: &str, api: &Api) {
        self.there_and_back.iter().for_each(|of| of.read(by, api));
    }

    /// Checks that all answers are possible on each route, as one change after another.
    pub fn judged_as_one_history(self, api: &Api) -> Judged {
        let told = self.there_and_back.map(|of| of.told(api));
        let mut all = Judged::default();
        for (events, history) in &told {
            let (tickets, refusals, maps) = judged(events, history);
            all.tickets += tickets;
            all.refusals += refusals;
            all.maps += maps;
        }
        for both in self.refused.into_inner().expect("nobody panicked") {
            let is_right = told
                .iter()
                .zip(&both)
                .any(|((events, history), refused)| was_right(events, history, refused));
            assert!(is_right, "all seats of both ways were free: {both:?}");
            all.refusals_of_returns += 1;
        }
        all
    }
}
