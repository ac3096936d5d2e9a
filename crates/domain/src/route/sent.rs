//! Which fields of a change were sent, so that an error names one of them.
//!
//! A change is checked as the whole that it amounts to. When a new departure is later than a stop
//! that was not sent, the sender can correct the departure, not the stop.

use crate::FieldErrors;

/// Fields that are compared with each other. Of those that were sent, the first is named.
const RELATED: [&[&str]; 2] = [
    &["departureTime", "arrivalTime", "stations", "busId"],
    &["fromCity", "toCity", "stations", "prices"],
];

pub(super) struct SentFields(pub(super) Vec<&'static str>);

impl SentFields {
    /// The same faults, with the names of fields that were sent. A fault that is related to no sent
    /// field keeps its name: the value was stored before its rule was there.
    pub(super) fn name(&self, errors: FieldErrors) -> FieldErrors {
        let mut named = FieldErrors::default();
        for error in errors.iter() {
            let field = error.pointer.split('/').nth(1).unwrap_or_default();
            match self.related_to(field) {
                Some(sent) => {
                    let pointer = format!("/{sent}");
                    if !named.iter().any(|known| known.pointer == pointer) {
                        let place = error.pointer.trim_start_matches('/');
                        named.push(pointer, format!("does not fit: {place} {}", error.message));
                    }
                }
                None => named.push(error.pointer.clone(), error.message.clone()),
            }
        }
        named
    }

    /// A field that was sent, in the place of one that was not.
    fn related_to(&self, field: &str) -> Option<&'static str> {
        if self.0.contains(&field) {
            return None;
        }
        let groups = RELATED.iter().filter(|group| group.contains(&field));
        groups.flat_map(|group| group.iter()).find(|name| self.0.contains(name)).copied()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn named(sent: &[&'static str], pointers: &[&str]) -> Vec<String> {
        let mut errors = FieldErrors::default();
        pointers.iter().for_each(|pointer| errors.push(*pointer, "must be later"));
        let named = SentFields(sent.to_vec()).name(errors);
        named.iter().map(|error| format!("{} {}", error.pointer, error.message)).collect()
    }

    #[test]
    fn an_error_names_what_was_sent() {
        assert_eq!(
            named(&["departureTime"], &["/stations/0/time", "/arrivalTime"]),
            ["/departureTime does not fit: stations/0/time must be later"]
        );
        assert_eq!(named(&["stations"], &["/stations/0/time"]), ["/stations/0/time must be later"]);
        assert_eq!(
            named(&["toCity"], &["/prices/0/toCity"]),
            ["/toCity does not fit: prices/0/toCity must be later"]
        );
        assert_eq!(
            named(&["busId"], &["/departureTime"]),
            ["/busId does not fit: departureTime must be later"]
        );
        assert_eq!(named(&["busId"], &["/captainName"]), ["/captainName must be later"]);
    }
}
