//! The room of a route, by its name.

use domain::RouteId;

/// The room of a route.
pub(crate) fn room(route_id: RouteId) -> String {
    format!("route:{route_id}")
}

/// The route of a room, if it is one.
pub(crate) fn route_of(room: &str) -> Option<RouteId> {
    room.strip_prefix("route:")?.parse().ok()
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    #[test]
    fn rooms_name_routes() {
        let id = RouteId(Uuid::from_u128(7));
        assert_eq!(route_of(&room(id)), Some(id));
        assert_eq!(route_of("route:x"), None);
    }
}
