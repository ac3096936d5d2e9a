//! People at the desk: what they ask for, how long they wait, and what they are told.
//!
//! Every use case is the real one. An answer goes to the auditor; a refusal has to be deserved.

mod asking;
mod keeping;

use domain::{EventKind, Reason, Refusal};
use tokio::task::JoinHandle;

use crate::auditor::Auditor;
use crate::chance::Chance;
use crate::clerk::asking::{book, change};
use crate::clerk::keeping::{Keeping, Keepings};
use crate::fault::{Checked, Fault};
use crate::life::Life;
use crate::question::Question;
use crate::trace::Trace;

/// A promise: an event that is there from now on.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Answered {
    pub(crate) ticket: u128,
    pub(crate) kind: EventKind,
    pub(crate) reason: Reason,
    pub(crate) seat: usize,
}

/// What came back, without the people in it.
#[derive(Debug)]
enum Said {
    Done(Answered),
    /// Seats are held, or blocked.
    Kept(Keeping),
    /// What kept seats was ended or made longer, or had ended.
    LetGo,
    /// The payment that was captured.
    Paid(u128),
    Declined,
    GivenBack,
    Refused(Refusal),
    /// The store was too busy, closed, or failed.
    Failed,
}

#[derive(Debug)]
struct Asked {
    number: u64,
    question: Question,
    task: JoinHandle<Said>,
}

/// Everybody who waits for an answer.
#[derive(Debug, Default)]
pub(crate) struct Clerk {
    asked: Vec<Asked>,
    keepings: Keepings,
    count: u64,
}

#[derive(Clone, Copy)]
enum Wish {
    Book,
    Move,
    Regender,
    Confirm,
    Suspend,
    Cancel,
    Refund,
    Pay,
    /// Hold seats or block them, or end that.
    Keep,
}

const OTHER_WISHES: [(u64, Wish); 8] = [
    (16, Wish::Move),
    (4, Wish::Regender),
    (9, Wish::Confirm),
    (9, Wish::Suspend),
    (9, Wish::Cancel),
    (5, Wish::Refund),
    (22, Wish::Pay),
    (14, Wish::Keep),
];

impl Clerk {
    pub(crate) fn waiting(&self) -> usize {
        self.asked.len()
    }

    /// The process has died: nobody will answer them.
    pub(crate) fn forget(&mut self) {
        self.asked.clear();
    }

    /// Somebody asks for something.
    pub(crate) fn ask(
        &mut self,
        life: &Life,
        step: u64,
        auditor: &mut Auditor,
        chance: &Chance,
        trace: &mut Trace,
    ) {
        let wish = chance.weighted((26, Wish::Book), &OTHER_WISHES);
        // The newest tickets are the most interesting ones; a few old ones are dug up.
        let order = auditor.ledger().order();
        let recent = &order[order.len().saturating_sub(12)..];
        let ticket = chance.pick(if chance.percent(90) { recent } else { order }).copied();
        let _inside = life.runtime.enter();
        let desk = life.desk.clone();
        let (what, actor, wanted, task) = match (wish, ticket) {
            (Wish::Keep, _) => self.keepings.ask(desk, chance),
            (Wish::Book, _) | (_, None) => book(desk, chance),
            (wish, Some(ticket)) => change(desk, wish, ticket, auditor, chance),
        };
        let is_new = matches!(what, "book" | "sell") || matches!(wish, Wish::Keep);
        let ticket = ticket.filter(|_| !is_new);
        let question = Question { what, step, at: life.now_millis(), actor, ticket, wanted };
        auditor.asked(&question);
        self.count += 1;
        let number = self.count;
        trace.line(format!("  #{number} asks to {what} {wanted:?} {ticket:032x?}"));
        self.asked.push(Asked { number, question, task });
    }

    /// Somebody stops waiting.
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
            let Asked { number, question, task } = asked;
            let said = life.runtime.block_on(task)?;
            let told = |fault: Fault| Fault(format!("#{number} ({}): {fault}", question.what));
            let word = match said {
                Said::Done(answered) => {
                    auditor.answered(&answered, question.step).map_err(told)?;
                    question.deserved_yes(auditor.ledger()).map_err(told)?;
                    trace.count(answered.reason.as_str());
                    answered.reason.as_str().to_owned()
                }
                Said::Kept(keeping) => {
                    self.keepings.remember(keeping);
                    auditor.kept(&question).map_err(told)?;
                    question.deserved_yes(auditor.ledger()).map_err(told)?;
                    let word = if question.what == "hold" { "held" } else { "blocked" };
                    trace.count(word);
                    word.to_owned()
                }
                Said::LetGo => {
                    trace.count("seats let go");
                    "let go".to_owned()
                }
                Said::Paid(payment) => {
                    auditor.paid(payment).map_err(told)?;
                    question.deserved_yes(auditor.ledger()).map_err(told)?;
                    trace.count("paid");
                    "paid".to_owned()
                }
                Said::Declined => {
                    trace.count("cards declined");
                    "declined".to_owned()
                }
                Said::GivenBack => {
                    trace.count("payments given back");
                    "given back".to_owned()
                }
                Said::Refused(refusal) => {
                    let now = life.now_millis();
                    question.deserved_no(&refusal, now, auditor.ledger()).map_err(told)?;
                    trace.count("refusals");
                    match refusal {
                        Refusal::SeatTaken => trace.count("seats taken"),
                        Refusal::TooLate => trace.count("refused as too late"),
                        Refusal::AfterDeparture => trace.count("refused after departure"),
                        _ => {}
                    }
                    format!("{refusal:?}")
                }
                Said::Failed => {
                    trace.count("commands that failed");
                    "failed".to_owned()
                }
            };
            trace.line(format!("  #{number} is told: {word}"));
        }
        Ok(())
    }
}
