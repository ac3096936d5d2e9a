//! Where the bus of a departure is.

use domain::{BusPosition, Latitude, Longitude, RouteId, Speed};

use super::fields::{Reader, Unreadable};
use super::time;

/// A speed that was not reported.
const NO_SPEED: u16 = u16::MAX;

pub(super) fn write(message: &mut Vec<u8>, route_id: RouteId, position: &BusPosition) {
    message.extend_from_slice(route_id.0.as_bytes());
    message.extend_from_slice(&position.lat.stored().to_be_bytes());
    message.extend_from_slice(&position.lng.stored().to_be_bytes());
    let speed = position.speed.map_or(NO_SPEED, Speed::stored);
    message.extend_from_slice(&speed.to_be_bytes());
    time::write(message, position.at);
}

pub(super) fn read(reader: &mut Reader<'_>) -> Result<(RouteId, BusPosition), Unreadable> {
    let route_id = RouteId(reader.id()?);
    let lat = Latitude::from_stored(reader.i32()?).ok_or(Unreadable)?;
    let lng = Longitude::from_stored(reader.i32()?).ok_or(Unreadable)?;
    let speed = match reader.u16()? {
        NO_SPEED => None,
        tenths => Some(Speed::from_stored(tenths).ok_or(Unreadable)?),
    };
    let at = time::read(reader)?;
    Ok((route_id, BusPosition { lat, lng, speed, at }))
}
