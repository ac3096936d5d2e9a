//! What nodes send each other through `NOTIFY`, as text: the sender and the content. A notice that
//! cannot be read (from another version or another program) is ignored.

use domain::{BusPosition, Latitude, Longitude, RouteId, Speed};
use jiff::Timestamp;
use store::{GroupNumber, Heard};
use uuid::Uuid;

/// The channels. They belong to one database, so databases of one server do not get each other's
/// notices.
pub(crate) const GROUPS: &str = "seatwire_groups";
pub(crate) const POSITIONS: &str = "seatwire_positions";

#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Notice {
    /// To test whether one's own notices arrive.
    Here,
    Group(GroupNumber),
    Position {
        route_id: RouteId,
        position: BusPosition,
    },
}

impl Notice {
    pub(crate) fn channel(&self) -> &'static str {
        match self {
            Self::Here | Self::Group(_) => GROUPS,
            Self::Position { .. } => POSITIONS,
        }
    }

    pub(crate) fn text(&self, node: Uuid) -> String {
        match self {
            Self::Here => format!("{node}"),
            Self::Group(number) => format!("{node} {number}"),
            Self::Position { route_id, position } => {
                let BusPosition { lat, lng, speed, at } = position;
                let (lat, lng) = (lat.stored(), lng.stored());
                let speed =
                    speed.map_or_else(|| "-".to_owned(), |speed| speed.stored().to_string());
                let at = at.as_microsecond();
                format!("{node} {} {lat} {lng} {speed} {at}", route_id.0)
            }
        }
    }

    /// The sender and the notice.
    pub(crate) fn read(channel: &str, text: &str) -> Option<(Uuid, Self)> {
        let mut words = text.split(' ');
        let node = words.next()?.parse().ok()?;
        let notice = match (channel, words.next()) {
            (GROUPS, None) => Self::Here,
            (GROUPS, Some(number)) => Self::Group(GroupNumber::new(number.parse().ok()?)),
            (POSITIONS, Some(route_id)) => {
                let route_id = RouteId(route_id.parse().ok()?);
                let lat = Latitude::from_stored(words.next()?.parse().ok()?)?;
                let lng = Longitude::from_stored(words.next()?.parse().ok()?)?;
                let speed = match words.next()? {
                    "-" => None,
                    speed => Some(Speed::from_stored(speed.parse().ok()?)?),
                };
                let at = Timestamp::from_microsecond(words.next()?.parse().ok()?).ok()?;
                Self::Position { route_id, position: BusPosition { lat, lng, speed, at } }
            }
            _ => return None,
        };
        Some((node, notice))
    }

    /// What it means to other nodes.
    pub(crate) fn heard(self) -> Option<Heard> {
        match self {
            Self::Here => None,
            Self::Group(number) => Some(Heard::Number(number)),
            Self::Position { route_id, position } => Some(Heard::Position { route_id, position }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_told_is_read_as_it_was() {
        let node = Uuid::from_u128(7);
        let at = "2025-10-14T10:30:00.123456Z".parse().unwrap();
        let (lat, lng) =
            (Latitude::from_degrees(41.0082).unwrap(), Longitude::from_degrees(-28.9784).unwrap());
        let place = |speed| {
            let position = BusPosition { lat, lng, speed, at };
            Notice::Position { route_id: RouteId(Uuid::from_u128(9)), position }
        };
        let group = Notice::Group(GroupNumber::new(u64::MAX));
        for notice in [Notice::Here, group, place(None), place(Speed::from_kmh(87.5))] {
            let text = notice.text(node);
            assert!(!text.contains('\''), "it stands in a statement");
            assert_eq!(Notice::read(notice.channel(), &text), Some((node, notice)), "{text}");
        }
    }

    #[test]
    fn what_cannot_be_meant_is_not_heard() {
        let node = Uuid::from_u128(7);
        for (channel, text) in [
            (GROUPS, String::new()),
            (GROUPS, "hello".to_owned()),
            (GROUPS, format!("{node} -1")),
            (POSITIONS, format!("{node}")),
            (POSITIONS, format!("{node} {node} 91000000 0 - 0")),
            ("another", format!("{node} 1")),
        ] {
            assert_eq!(Notice::read(channel, &text), None, "{channel} {text}");
        }
    }
}
