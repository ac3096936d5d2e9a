//! The servers that can be measured.

#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Which {
    /// A bare loop of `send(2)`, one call for each viewer and event.
    Floor,
    /// The same, one call for each viewer: all events of a burst in it.
    FloorBatched,
    Seatwire,
    /// As on the first page of its documentation.
    Socketioxide,
    /// With its fastest options.
    SocketioxideFastest,
    /// Node's socket.io with its defaults.
    SocketIo,
    /// With its fastest options.
    SocketIoFastest,
    /// socket.io on the engine that its project made for Bun.
    BunSocketIo,
    /// Bun's own `publish`, without Socket.IO.
    Bun,
}

impl Which {
    pub(crate) const SOCKETIOXIDE: [Self; 2] = [Self::Socketioxide, Self::SocketioxideFastest];
    pub(crate) const SOCKET_IO: [Self; 2] = [Self::SocketIo, Self::SocketIoFastest];
    pub(crate) const BUN: [Self; 2] = [Self::BunSocketIo, Self::Bun];
    pub(crate) const ALL: [Self; 9] = [
        Self::Floor,
        Self::FloorBatched,
        Self::Seatwire,
        Self::Socketioxide,
        Self::SocketioxideFastest,
        Self::SocketIo,
        Self::SocketIoFastest,
        Self::BunSocketIo,
        Self::Bun,
    ];

    /// One of our own: a run in which it fails has failed.
    pub(crate) fn is_ours(self) -> bool {
        matches!(self, Self::Seatwire | Self::Floor | Self::FloorBatched)
    }

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Floor => "floor",
            Self::FloorBatched => "floor, batched",
            Self::Seatwire => "Seatwire",
            Self::Socketioxide => "socketioxide",
            Self::SocketioxideFastest => "socketioxide, fastest",
            Self::SocketIo => "socket.io",
            Self::SocketIoFastest => "socket.io, fastest",
            Self::BunSocketIo => "socket.io on Bun",
            Self::Bun => "Bun's publish",
        }
    }
}
