//! Which requests share a limit (contract.md, "Running it": `SEATWIRE_LIMIT_…`).

use http::Method;

/// Kinds of requests, each with a budget of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Class {
    Login,
    Register,
    /// Every request that takes, changes or frees seats.
    Book,
    Pay,
    /// Searches, reads, and the rest.
    Read,
    /// Handshakes of realtime connections.
    Handshake,
}

impl Class {
    pub(crate) const ALL: [Self; 6] =
        [Self::Login, Self::Register, Self::Book, Self::Pay, Self::Read, Self::Handshake];

    /// Its name in headers and metrics.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Login => "login",
            Self::Register => "register",
            Self::Book => "book",
            Self::Pay => "pay",
            Self::Read => "read",
            Self::Handshake => "handshake",
        }
    }

    /// The class of a request for this address; `None`: it is not limited.
    pub(crate) fn of(method: &Method, pattern: &str) -> Option<Self> {
        let is_write =
            matches!(*method, Method::POST | Method::PUT | Method::PATCH | Method::DELETE);
        let is_under = |folder: &str| {
            pattern
                .strip_prefix(folder)
                .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        };
        Some(match pattern {
            // The operator must get an answer above all when the server is flooded.
            _ if is_under("/health") || is_under("/metrics") => return None,
            // One per second for each departure, which is checked where the report is taken.
            "/tracking/{id}/positions" if is_write => return None,
            "/seats" | "/routes/{id}/events" => Self::Handshake,
            "/auth/register" => Self::Register,
            _ if is_under("/auth") && is_write => Self::Login,
            _ if is_under("/payments") && is_write => Self::Pay,
            _ if ["/tickets", "/bookings", "/holds"].iter().any(|folder| is_under(folder))
                && is_write =>
            {
                Self::Book
            }
            _ => Self::Read,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_request_has_its_class() {
        for (method, pattern, class) in [
            (Method::GET, "/health/ready", None),
            (Method::GET, "/metrics", None),
            (Method::POST, "/tracking/{id}/positions", None),
            (Method::GET, "/tracking/search", Some(Class::Read)),
            (Method::POST, "/auth/login", Some(Class::Login)),
            (Method::POST, "/auth/register", Some(Class::Register)),
            (Method::GET, "/auth/me", Some(Class::Read)),
            (Method::GET, "/seats", Some(Class::Handshake)),
            (Method::GET, "/routes/{id}/events", Some(Class::Handshake)),
            (Method::GET, "/routes/search", Some(Class::Read)),
            (Method::POST, "/routes", Some(Class::Read)),
            (Method::POST, "/tickets", Some(Class::Book)),
            (Method::PUT, "/tickets/{id}/cancel", Some(Class::Book)),
            (Method::DELETE, "/holds/{token}", Some(Class::Book)),
            (Method::POST, "/bookings", Some(Class::Book)),
            (Method::GET, "/tickets/search", Some(Class::Read)),
            (Method::POST, "/payments", Some(Class::Pay)),
            (Method::POST, "/payments/refund/{ticketId}", Some(Class::Pay)),
            (Method::GET, "/payments/history", Some(Class::Read)),
            (Method::GET, "/seat-layouts", Some(Class::Read)),
        ] {
            assert_eq!(Class::of(&method, pattern), class, "{method} {pattern}");
        }
    }
}
