//! A client that does only what a stock one does: it keeps the last offset that came with an event,
//! even into a session that was not recovered, and knows each room by what it received.

use std::collections::HashMap;

use rooms::{Hub, Offset, Presence, Stay};
use tokio::task::JoinHandle;

use crate::fakes::Socket;

#[derive(Default)]
pub(super) struct Client {
    pub(super) connection: Option<Connection>,
    /// The session that a server keeps for it: `None` if it was forgotten.
    pub(super) kept: Option<Vec<Stay>>,
    pub(super) offset: Option<Offset>,
    /// Room to the last ordinal that it knows.
    pub(super) map: HashMap<String, u64>,
    /// Rooms that it has asked to start again in or to leave, and how many confirmations are still
    /// to come.
    pub(super) asking: HashMap<String, usize>,
    pub(super) recovered: usize,
}

pub(super) struct Connection {
    /// The node that it is connected to.
    pub(super) node: usize,
    pub(super) hub: Hub,
    pub(super) presence: Presence,
    pub(super) socket: Socket,
    pub(super) read: usize,
    pub(super) driver: JoinHandle<()>,
}

impl Client {
    /// Lets the socket take this many bytes and reads what has come. Returns how much that is in
    /// all.
    pub(super) fn read(&mut self, bytes: usize) -> Result<usize, String> {
        let Some(connection) = &mut self.connection else { return Ok(0) };
        connection.socket.drain(bytes);
        let written = connection.socket.written();
        while let Some(end) = written[connection.read..].find(';') {
            let frame = &written[connection.read..connection.read + end];
            connection.read += end + 1;
            understand(frame, &mut self.map, &mut self.asking, &mut self.offset)
                .map_err(|fault| format!("{fault} in {written}"))?;
        }
        Ok(written.len())
    }

    pub(super) fn cut(&mut self) -> Result<(), String> {
        // Bytes that the socket has taken are on their way and may still be read.
        self.read(0)?;
        if let Some(connection) = self.connection.take() {
            connection.driver.abort();
        }
        // A client that was cut before the confirmation came does not know where it starts.
        for (room, _) in self.asking.drain().filter(|(_, pending)| *pending > 0) {
            self.map.remove(&room);
        }
        Ok(())
    }
}

fn understand(
    frame: &str,
    map: &mut HashMap<String, u64>,
    asking: &mut HashMap<String, usize>,
    offset: &mut Option<Offset>,
) -> Result<(), String> {
    let torn = || format!("torn {frame}");
    let (kind, rest) = frame.split_at(1);
    let (rest, with) = rest.split_once('@').unwrap_or((rest, ""));
    let (room, ordinal) = rest.split_once(':').ok_or_else(torn)?;
    let ordinal: u64 = ordinal.parse().map_err(|_| torn())?;
    match kind {
        "S" | "P" => {
            *asking.entry(room.to_owned()).or_default() -= 1;
            map.insert(room.to_owned(), ordinal);
        }
        "L" => {
            *asking.entry(room.to_owned()).or_default() -= 1;
            map.remove(room);
        }
        "E" => {
            let expected = map.insert(room.to_owned(), ordinal).map(|last| last + 1);
            if expected.is_some_and(|expected| expected != ordinal) {
                return Err(format!("{frame} instead of {expected:?}"));
            }
            *offset = Some(with.parse().map_err(|_| torn())?);
        }
        _ => return Err(torn()),
    }
    Ok(())
}
