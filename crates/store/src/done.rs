//! The answer to a write, by its kind.

use domain::{Bus, BusFeature, SeatLayout, Station, TokenGeneration, User};

use crate::{Answer, RouteView, TokenDigest};

/// The result of a write; of a deletion, the thing as it was.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Done {
    /// The answer to a command on the inventory.
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
    /// Whose login goes on, and with which token, if it does.
    Refreshed(Option<Box<(User, TokenGeneration, TokenDigest)>>),
    /// Whose token it was, if it was good.
    Holder(Option<User>),
    /// How many rows have gone.
    Pruned(u64),
    /// There was nothing to do but to answer.
    Nothing,
}

/// Each kind of write has one kind of answer, so another one is impossible.
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
    done!(
        refreshed,
        Refreshed,
        Option<Box<(User, TokenGeneration, TokenDigest)>>,
        std::convert::identity
    );
}
