//! The fastest that socketioxide's documentation offers: websocket only, the common parser (an
//! event is encoded once for a whole room), no optional feature, `TCP_NODELAY`, and an allocator
//! that suits it.

use socketioxide::{SocketIo, TransportType};

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let builder = SocketIo::builder().transports([TransportType::Websocket]);
    peer_socketioxide::serve(builder, true).await
}
