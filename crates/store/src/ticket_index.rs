//! Which index a list of tickets is read from, on every driver.
//!
//! An index and the facets together answer a filter exactly when it has no other field; every other
//! field is looked up in each ticket.

use crate::TicketFilter;

/// The key of an index.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TicketIndex {
    /// One booking code.
    Pnr,
    /// One route.
    Route,
    /// One identity number.
    Identity,
    /// One phone number.
    Phone,
    /// One account.
    User,
    /// The account that sold it.
    Issuer,
    /// Both cities, or one of them.
    Cities,
    /// The day on which the segment leaves, and the cities if they are given.
    Departure,
    /// Nothing but the facets.
    Everything,
}

impl TicketIndex {
    /// Those that this filter can be read by, in the order in which they are preferred.
    pub fn candidates(filter: &TicketFilter) -> Vec<Self> {
        let has_cities = filter.from_city.is_some() || filter.to_city.is_some();
        let given = [
            (Self::Pnr, filter.pnr.is_some()),
            (Self::Identity, filter.identity_number.is_some()),
            (Self::Route, filter.route_id.is_some()),
            (Self::Departure, filter.departs.is_some()),
            (Self::Phone, filter.phone.is_some()),
            (Self::User, filter.user_id.is_some()),
            (Self::Issuer, filter.issued_by_id.is_some()),
            (Self::Cities, has_cities && filter.departs.is_none()),
        ];
        let given: Vec<_> = given.into_iter().filter_map(|(by, is)| is.then_some(by)).collect();
        if given.is_empty() { vec![Self::Everything] } else { given }
    }
}
