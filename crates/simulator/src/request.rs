//! A request of a person at the desk, which can be repeated in the same words.

use std::fmt;
use std::pin::Pin;
use std::sync::Arc;

use booking::{BookingError, Desk};
use domain::hold::TokenHash;
use domain::{Actor, BlockId, EventKind, Reason, Refusal, RouteId};
use store::{Sender, TicketView};

use crate::cells::Place;
use crate::documents::Document;

/// A place that is wanted.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Wanted {
    pub(crate) route: usize,
    pub(crate) place: Place,
}

/// Travellers who want the best seats that are free.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Anywhere {
    pub(crate) route: usize,
    pub(crate) from: usize,
    pub(crate) to: usize,
    pub(crate) travellers: usize,
}

/// A traveller of a new booking who shows a document.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Shown {
    pub(crate) route: usize,
    pub(crate) from: usize,
    pub(crate) to: usize,
    /// `None`: any.
    pub(crate) seat: Option<usize>,
    pub(crate) document: Document,
}

/// The ticket or the booking that a request is about, unless it makes a new one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum About {
    Nothing,
    Ticket(u128),
    Booking(u128),
}

type Answering = Pin<Box<dyn Future<Output = Said> + Send>>;

pub(crate) struct Request {
    /// In a word.
    pub(crate) what: &'static str,
    pub(crate) actor: Actor,
    /// A guest sends another number than the booking's.
    pub(crate) shows_wrong_pair: bool,
    pub(crate) wanted: Vec<Wanted>,
    pub(crate) anywhere: Vec<Anywhere>,
    pub(crate) shown: Vec<Shown>,
    pub(crate) about: About,
    /// The number of the booking that it makes, unless it is of a single ticket.
    pub(crate) booking: Option<u64>,
    /// Staff insist on the seats, even against the neighbour rule.
    pub(crate) insists: bool,
    act: Box<dyn Fn(Desk, Sender) -> Answering + Send + Sync>,
}

impl fmt::Debug for Request {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { what, wanted, anywhere, shown, about, booking, .. } = self;
        write!(f, "{what} {about:x?} {wanted:?} {anywhere:?} {shown:?} {booking:?}")
    }
}

impl Request {
    pub(crate) fn new<F>(
        what: &'static str,
        actor: impl Into<Actor>,
        act: impl Fn(Desk, Sender) -> F + Send + Sync + 'static,
    ) -> Self
    where
        F: Future<Output = Said> + Send + 'static,
    {
        Self {
            what,
            actor: actor.into(),
            shows_wrong_pair: false,
            wanted: Vec::new(),
            anywhere: Vec::new(),
            shown: Vec::new(),
            about: About::Nothing,
            booking: None,
            insists: false,
            act: Box::new(move |desk, sender| Box::pin(act(desk, sender))),
        }
    }

    pub(crate) fn wanting(self, wanted: impl IntoIterator<Item = Wanted>) -> Self {
        Self { wanted: wanted.into_iter().collect(), ..self }
    }

    /// It makes the booking with this number, whose travellers want these and the named seats.
    pub(crate) fn of_booking(self, number: u64, anywhere: Vec<Anywhere>) -> Self {
        Self { booking: Some(number), anywhere, ..self }
    }

    /// Its travellers show these documents.
    pub(crate) fn showing(self, shown: impl IntoIterator<Item = Shown>) -> Self {
        Self { shown: shown.into_iter().collect(), ..self }
    }

    pub(crate) fn showing_wrong_pair(self, shows_wrong_pair: bool) -> Self {
        Self { shows_wrong_pair, ..self }
    }

    pub(crate) fn insisting(self, insists: bool) -> Self {
        Self { insists, ..self }
    }

    pub(crate) fn about(self, about: About) -> Self {
        Self { about, ..self }
    }

    /// Whether it books seats of two journeys.
    pub(crate) fn is_there_and_back(&self) -> bool {
        let wanted = self.wanted.iter().map(|Wanted { route, place }| (*route, place.from));
        let anywhere = self.anywhere.iter().map(|Anywhere { route, from, .. }| (*route, *from));
        let mut journeys = wanted.chain(anywhere);
        let first = journeys.next();
        self.booking.is_some() && journeys.any(|journey| Some(journey) != first)
    }

    /// Whether it is asked for without an account.
    pub(crate) fn is_by_guest(&self) -> bool {
        matches!(self.actor, Actor::Anonymous | Actor::Guest(_))
    }

    pub(crate) fn act(&self, desk: Desk, sender: Sender) -> Answering {
        (self.act)(desk, sender)
    }
}

/// Seats that are held, and where.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Held {
    pub(crate) token: TokenHash,
    pub(crate) route: usize,
    pub(crate) from: usize,
    pub(crate) to: usize,
}

/// Seats that are held or blocked now.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Keeping {
    Hold(Held),
    Block(RouteId, BlockId),
}

/// A promise: an event that is there from now on.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Answered {
    pub(crate) ticket: u128,
    pub(crate) kind: EventKind,
    pub(crate) reason: Reason,
    pub(crate) seat: usize,
}

/// The answer, without the people in it.
#[derive(Debug)]
pub(crate) enum Said {
    Done(Vec<Answered>),
    /// These tickets of a booking are cancelled, now or before.
    Ended(Vec<u128>),
    /// Seats are held, or blocked.
    Kept(Keeping),
    /// A hold or block was ended or extended, or had ended.
    LetGo,
    /// The payment that was captured.
    Paid(u128),
    Declined,
    GivenBack,
    Refused(Refusal),
    /// The store was too busy, closed, or failed.
    Failed,
}

impl Said {
    pub(crate) fn of<T>(outcome: Result<T, BookingError>, done: impl FnOnce(T) -> Self) -> Self {
        match outcome {
            Ok(answer) => done(answer),
            Err(BookingError::Refused(refusal)) => Self::Refused(refusal),
            Err(_) => Self::Failed,
        }
    }

    /// These events are there from now on, one for each of the tickets.
    pub(crate) fn done(views: &[TicketView], kind: EventKind, reason: Reason) -> Self {
        let answered = |view: &TicketView| {
            let ticket = view.ticket.id.0.as_u128();
            Answered { ticket, kind, reason, seat: usize::from(view.ticket.seat.get()) }
        };
        Self::Done(views.iter().map(answered).collect())
    }
}

/// A request is behind an `Arc`, so that it can be repeated as it was.
pub(crate) type Asked = Arc<Request>;
