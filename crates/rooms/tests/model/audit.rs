//! Reads what a viewer has seen and reports what is wrong with it.

use std::collections::HashMap;

use crate::world::{Seen, World};

pub(crate) fn check(world: &World) -> Result<(), String> {
    for (index, viewer) in world.viewers.iter().enumerate() {
        check_viewer(world, viewer)
            .map_err(|fault| format!("viewer {index}: {fault} in {}", viewer.seen()))?;
    }
    Ok(())
}

fn check_viewer(world: &World, viewer: &Seen) -> Result<(), String> {
    if let Some(reason) = viewer.presence.closed() {
        return Err(format!("was closed: {reason:?}"));
    }
    // Room to the last ordinal that was seen, while the viewer is in it.
    let mut cursors: HashMap<&str, u64> = HashMap::new();
    let mut position = 0;
    let mut packets = 0;
    let seen = viewer.seen();
    for token in seen.split_terminator(';') {
        let (kind, rest) = token.split_at(1);
        let (room, ordinal) = rest.split_once(':').ok_or(format!("torn {token}"))?;
        let ordinal: u64 = ordinal.parse().map_err(|_| format!("torn {token}"))?;
        match kind {
            "S" => {
                cursors.insert(room, ordinal);
                // A cursor may have been set back: the order starts again here.
                position = 0;
            }
            "L" => drop(cursors.remove(room)),
            "A" => {
                packets += 1;
                if ordinal != packets {
                    return Err(format!("{token} instead of packet {packets}"));
                }
            }
            "P" => match cursors.get_mut(room) {
                Some(cursor) if *cursor > ordinal && *cursor != u64::MAX => {
                    return Err(format!("{token} behind {cursors:?}"));
                }
                // Only if the application is about to set the cursor again.
                Some(cursor) if *cursor < ordinal => *cursor = u64::MAX,
                _ => {}
            },
            "E" => {
                if cursors.insert(room, ordinal) != Some(ordinal - 1) {
                    return Err(format!("{token} out of order"));
                }
                let here =
                    world.store.position(room, ordinal).ok_or(format!("{token} is invented"))?;
                if here <= position {
                    return Err(format!("{token} is older than what came before"));
                }
                position = here;
            }
            _ => return Err(format!("torn {token}")),
        }
    }
    if usize::try_from(packets) != Ok(viewer.packets()) {
        return Err(format!("{packets} packets instead of {}", viewer.packets()));
    }
    if cursors.len() != viewer.presence.rooms() {
        return Err(format!("is in {} rooms", viewer.presence.rooms()));
    }
    for (room, cursor) in cursors {
        let head = world.store.last(room);
        if cursor != head {
            return Err(format!("ends at {cursor} of {head} in room {}", room));
        }
    }
    Ok(())
}
