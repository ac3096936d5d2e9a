//! Why a viewer is not in a room.

use crate::values::history::HistoryError;

/// Why a viewer is not in a room.
#[derive(Clone, Debug, thiserror::Error)]
pub enum JoinError {
    /// History knows no such room.
    #[error("there is no such room")]
    UnknownRoom,
    /// The viewer is in as many rooms as it may be.
    #[error("the viewer is in too many rooms")]
    TooManyRooms,
    /// The viewer claims to have seen events that do not exist.
    #[error("the room's last event is {head}, before the asked-for start")]
    Ahead {
        /// The ordinal of the room's last event.
        head: u64,
    },
    /// The events behind the asked-for start are too many, or no longer kept.
    #[error("the asked-for start is too far before the room's last event {head}")]
    Behind {
        /// The ordinal of the room's last event.
        head: u64,
    },
    /// The offset was given before the store went back to an older state.
    #[error("the offset is of another epoch of the store")]
    OtherEpoch,
    /// History did not answer.
    #[error(transparent)]
    History(#[from] HistoryError),
    /// The viewer was closed.
    #[error("the viewer is closed")]
    Closed,
}
