//! People at the desk: their requests, how long they wait, and the answers.
//!
//! Every use case is the real one. An answer goes to the auditor; a refusal must have a reason.
//! Some requests have a key and are repeated: at once, later, after a crash, or with another body.

mod answering;
mod asking;
mod group;
mod keeping;
mod repeating;
mod wish;

use std::sync::Arc;

use store::Sender;
use tokio::task::JoinHandle;

use crate::auditor::Auditor;
use crate::chance::Chance;
use crate::clerk::keeping::Keepings;
use crate::clerk::repeating::{Repeating, Under};
use crate::clerk::wish::{OTHER_WISHES, Wish};
use crate::fault::{Checked, Fault};
use crate::life::Life;
use crate::mutation::Mutation;
use crate::question::Question;
use crate::request::{Asked as Request, Said};
use crate::trace::Trace;

#[derive(Debug)]
struct Asked {
    number: u64,
    question: Question,
    under: Option<Under>,
    task: JoinHandle<Said>,
}

/// All people who wait for an answer.
#[derive(Debug, Default)]
pub(crate) struct Clerk {
    asked: Vec<Asked>,
    keepings: Keepings,
    repeating: Repeating,
    count: u64,
    bookings: u64,
    mutation: Option<Mutation>,
}

impl Clerk {
    pub(crate) fn new(mutation: Option<Mutation>) -> Self {
        Self { mutation, ..Self::default() }
    }

    pub(crate) fn waiting(&self) -> usize {
        self.asked.len()
    }

    /// The process has died: they get no answer.
    pub(crate) fn forget(&mut self) {
        self.asked.clear();
        self.repeating.process_died();
    }

    /// Makes a request, or repeats one.
    pub(crate) fn ask(
        &mut self,
        life: &Life,
        step: u64,
        auditor: &mut Auditor,
        chance: &Chance,
        trace: &mut Trace,
    ) {
        let again = if chance.percent(12) { self.repeating.again(chance) } else { None };
        if let Some((request, under)) = again {
            trace.count("requests that were repeated");
            return self.send(life, step, auditor, trace, request, Some(under));
        }
        let request = Arc::new(self.draw(auditor, chance));
        let under = match chance.below(10) {
            // With a key that was used for something else.
            0 => self.repeating.with_used_key(&request, chance),
            1..=4 => Some(self.repeating.with_new_key(&request)),
            _ => None,
        };
        let copies = match &under {
            Some(_) if chance.percent(30) => chance.size(1, 3),
            _ => 0,
        };
        for _ in 0..copies {
            self.send(
                life,
                step,
                auditor,
                trace,
                Arc::clone(&request),
                under.as_ref().map(Under::once_more),
            );
        }
        self.send(life, step, auditor, trace, request, under);
    }

    /// Once there are no more faults, all requests with a key are repeated.
    pub(crate) fn ask_all_again(
        &mut self,
        life: &Life,
        step: u64,
        auditor: &mut Auditor,
        trace: &mut Trace,
    ) {
        for (request, under) in self.repeating.all() {
            self.send(life, step, auditor, trace, request, Some(under));
        }
    }

    fn draw(&mut self, auditor: &mut Auditor, chance: &Chance) -> crate::request::Request {
        let wish = chance.weighted((22, Wish::Book), &OTHER_WISHES);
        // Mostly one of the newest tickets, sometimes an old one.
        let order = auditor.ledger().order();
        let recent = &order[order.len().saturating_sub(16)..];
        let ticket = chance.pick(if chance.percent(90) { recent } else { order }).copied();
        match (wish, ticket) {
            (Wish::Keep, _) => self.keepings.ask(chance),
            (Wish::Group, _) => {
                self.bookings += 1;
                let held =
                    if chance.percent(70) { self.keepings.take_for_booking(chance) } else { None };
                let (request, journeys) = group::book(self.bookings, held, chance, self.mutation);
                auditor.booking_asked(self.bookings, journeys);
                request
            }
            (Wish::Book, _) | (_, None) => asking::book(chance),
            (wish, Some(ticket)) => asking::change(wish, ticket, auditor, chance),
        }
    }

    fn send(
        &mut self,
        life: &Life,
        step: u64,
        auditor: &mut Auditor,
        trace: &mut Trace,
        request: Request,
        under: Option<Under>,
    ) {
        let key = under.as_ref().map(|under| under.body.key(Arc::clone(&under.slip)));
        let sender = Sender { key, ..request.actor.clone().into() };
        self.count += 1;
        let number = self.count;
        let body = under.as_ref().map(|under| under.body);
        trace.line(format!("  #{number} asks to {request:?} under {body:?}"));
        let _inside = life.runtime.enter();
        let task = tokio::spawn(request.act(life.desk.clone(), sender));
        let question = Question { request, step, at: life.now_millis() };
        auditor.asked(&question);
        self.asked.push(Asked { number, question, under, task });
    }

    /// One caller stops waiting.
    pub(crate) fn hang_up(&mut self, chance: &Chance, trace: &mut Trace) {
        if self.asked.is_empty() {
            return;
        }
        let asked = self.asked.swap_remove(chance.index(self.asked.len()));
        asked.task.abort();
        trace.line(format!("  #{} hangs up", asked.number));
        trace.count("callers who hung up");
    }

    /// Takes the answers that have come, each of which must be right.
    pub(crate) fn collect(
        &mut self,
        life: &Life,
        auditor: &mut Auditor,
        trace: &mut Trace,
    ) -> Checked {
        let (answered, waiting): (Vec<_>, Vec<_>) =
            std::mem::take(&mut self.asked).into_iter().partition(|asked| asked.task.is_finished());
        self.asked = waiting;
        for asked in answered {
            let Asked { number, question, under, task } = asked;
            let said = life.runtime.block_on(task)?;
            let what = question.request.what;
            let told = |fault: Fault| Fault(format!("#{number} ({what}): {fault}"));
            let word = match &under {
                Some(under) => {
                    answering::keyed(&self.repeating, under, &said, auditor, trace).map_err(told)?
                }
                None => None,
            };
            let word = match word {
                Some(word) => word,
                None => {
                    if let Said::Kept(keeping) = &said {
                        self.keepings.remember(*keeping);
                    }
                    answering::told(&question, said, life, auditor, trace).map_err(told)?
                }
            };
            trace.line(format!("  #{number} is told: {word}"));
        }
        Ok(())
    }
}
