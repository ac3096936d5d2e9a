//! The server as the first page of socketioxide's documentation shows it.

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    peer_socketioxide::serve(socketioxide::SocketIo::builder(), false).await
}
