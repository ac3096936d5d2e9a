//! A write on its way into the store, and what comes back.
//!
//! Every change of what is stored goes this way, whatever it is about. So who asks, under which request,
//! on which version and with which key is said, kept and looked at once.

use std::fmt;
use std::sync::Arc;

use domain::{
    Account, Actor, Asked, Block, Bus, BusFeature, Expected, FairUse, Hold, NeighbourTerms,
    Payment, SeatLayout, Station, TokenGeneration, User,
};
use jiff::Timestamp;

use crate::{Answers, BookingView, Key, RouteView, TicketView, Write};

/// A write with who asks for it and when.
#[derive(Clone, Debug)]
pub struct Envelope {
    /// What is to be written.
    pub write: Write,
    /// Who asks, and what goes with the request.
    pub sender: Sender,
    /// The sender's moment; a driver may know a better one.
    pub now: Timestamp,
    /// What whoever asks is held to; None: nothing is limited.
    pub fair_use: Option<FairUse>,
    /// Who may sit beside whom.
    pub neighbours: NeighbourTerms,
}

/// Who asks, and what goes with the request.
#[derive(Clone, Debug)]
pub struct Sender {
    /// Who asks.
    pub actor: Actor,
    /// Whose request the program finishes by itself, if it is anybody's: the audit says that they did it.
    pub behalf: Option<Actor>,
    /// As it stands in the log and in the answer; none for what the program does by itself.
    pub request_id: Option<String>,
    /// The write is refused unless it is made on one of these versions.
    pub expected: Option<Expected>,
    /// A repeat of the write is answered as it was.
    pub key: Option<Key>,
    /// How the request is answered whose payment this write settles, should it have had a key; `None`: its
    /// key is free again.
    pub settled: Option<SettledAnswers>,
}

/// Does not print.
#[derive(Clone)]
pub struct SettledAnswers(pub Arc<dyn Answers>);

impl fmt::Debug for SettledAnswers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SettledAnswers")
    }
}

impl From<Actor> for Sender {
    fn from(actor: Actor) -> Self {
        Self { actor, behalf: None, request_id: None, expected: None, key: None, settled: None }
    }
}

impl From<Account> for Sender {
    fn from(account: Account) -> Self {
        Actor::from(account).into()
    }
}

impl Envelope {
    /// An envelope whose sender is held to no limits.
    pub fn new(write: impl Into<Write>, sender: impl Into<Sender>, now: Timestamp) -> Self {
        let neighbours = NeighbourTerms::default();
        Self { write: write.into(), sender: sender.into(), now, fair_use: None, neighbours }
    }

    pub(crate) fn asked(&self) -> Asked<'_> {
        let Self { sender, now, fair_use, neighbours, .. } = self;
        Asked { actor: &sender.actor, now: *now, fair_use: *fair_use, neighbours: *neighbours }
    }
}

/// What a command on the inventory left behind.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Answer {
    /// Of a command on one ticket: that ticket, as it stands now; of the end of a payment: the one that
    /// its payer has named.
    pub tickets: Vec<TicketView>,
    /// Of a command on a booking: that booking, as it stands now.
    pub booking: Option<BookingView>,
    /// The payments that the command wrote, as they stand now.
    pub payments: Vec<Payment>,
    /// The hold that the command was about, as it stands now.
    pub hold: Option<Hold>,
    /// The block that the command was about, as it stands now.
    pub block: Option<Block>,
    /// Whether anything was written at all.
    pub changed: bool,
}

impl Answer {
    /// Of a command on one ticket; of one on a booking: its first.
    pub fn ticket(&self) -> &TicketView {
        let of_booking = self.booking.iter().flat_map(|view| &view.tickets);
        let Some(view) = self.tickets.iter().chain(of_booking).next() else {
            unreachable!("a command is answered with what it is about, and a booking has a ticket")
        };
        view
    }

    /// As [`Answer::ticket`].
    pub fn into_ticket(self) -> TicketView {
        let of_booking = self.booking.into_iter().flat_map(|view| view.tickets);
        let Some(view) = self.tickets.into_iter().chain(of_booking).next() else {
            unreachable!("a command is answered with what it is about, and a booking has a ticket")
        };
        view
    }

    /// Of a command on a booking.
    pub fn into_booking(self) -> BookingView {
        let Some(view) = self.booking else {
            unreachable!("a command on a booking is answered with that booking")
        };
        view
    }
}

/// What a write left behind; of a deletion, the thing as it was.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Done {
    /// Of a command on the inventory.
    Inventory(Box<Answer>),
    /// The route, as it stands now.
    Route(Box<RouteView>),
    /// The bus, as it stands now.
    Bus(Box<Bus>),
    /// The layout, as it stands now.
    SeatLayout(Box<SeatLayout>),
    /// The feature, as it stands now.
    BusFeature(BusFeature),
    /// The station, as it stands now.
    Station(Station),
    /// The account, as it stands now.
    User(User),
    /// Whose login goes on, if it does.
    Refreshed(Option<Box<(User, TokenGeneration)>>),
    /// Whose token it was, if it was good.
    Holder(Option<User>),
    /// How many rows have gone.
    Pruned(u64),
    /// Nothing was to be done but to answer.
    Nothing,
}

/// Each kind of write has one kind of answer, so that another one comes back is impossible.
macro_rules! done {
    ($name:ident, $variant:ident, $of:ty, $take:expr) => {
        #[doc = concat!("Of a write that is answered with `", stringify!($variant), "`.")]
        pub fn $name(self) -> $of {
            match self {
                Self::$variant(it) => $take(it),
                other => unreachable!("asked for {}, answered {other:?}", stringify!($variant)),
            }
        }
    };
}

impl Done {
    done!(answer, Inventory, Answer, |it: Box<Answer>| *it);
    done!(route, Route, RouteView, |it: Box<RouteView>| *it);
    done!(bus, Bus, Bus, |it: Box<Bus>| *it);
    done!(seat_layout, SeatLayout, SeatLayout, |it: Box<SeatLayout>| *it);
    done!(bus_feature, BusFeature, BusFeature, std::convert::identity);
    done!(station, Station, Station, std::convert::identity);
    done!(user, User, User, std::convert::identity);
    done!(holder, Holder, Option<User>, std::convert::identity);
    done!(pruned, Pruned, u64, std::convert::identity);
    done!(refreshed, Refreshed, Option<Box<(User, TokenGeneration)>>, std::convert::identity);
}
