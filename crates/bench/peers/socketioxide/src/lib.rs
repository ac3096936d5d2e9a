//! A socketioxide server with the part of Seatwire's contract that the load generator uses:
//! namespace `/seats`, `subscribe_route` joins a room and answers `subscribed`, and `POST /fire?N`
//! lets N events happen in every room. Nothing is stored: so an event costs this server less than
//! Seatwire.

use std::collections::BTreeSet;
use std::error::Error;
use std::io::Write as _;
use std::sync::{Arc, Mutex};

use axum::extract::{RawQuery, State};
use axum::http::StatusCode;
use axum::routing::post;
use axum::serve::ListenerExt as _;
use serde::{Deserialize, Serialize};
use socketioxide::extract::{Data, SocketRef};
use socketioxide::{SocketIo, SocketIoBuilder};

type Rooms = Arc<Mutex<BTreeSet<String>>>;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Subscribe {
    route_id: String,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Subscribed {
    route_id: String,
    message: String,
    seq: u64,
}

const EVENT: &str = r#"{"routeId":"0199e1a0-0000-7abc-8123-456789abcdef","seatNumber":15,
"eventType":"seat_confirmed","ticketId":"0199e1a0-0000-7abc-8123-456789abcdef",
"pnrNumber":"VV00ABCDE","fromStopIndex":0,"toStopIndex":1,"seq":42,
"timestamp":"2025-10-14T10:30:00.000Z","metadata":{"fromCity":"Istanbul","toCity":"Izmit",
"price":450,"gender":"OTHER","reason":"booked"}}"#;

/// Serves on a free port, which the first line on stdout names. `is_prompt`: small packets leave at
/// once.
pub async fn serve(builder: SocketIoBuilder, is_prompt: bool) -> Result<(), Box<dyn Error>> {
    let rooms = Rooms::default();
    let (layer, io) = builder.build_layer();
    let known = Arc::clone(&rooms);
    io.ns("/seats", async move |socket: SocketRef| {
        socket.on(
            "subscribe_route",
            async move |socket: SocketRef, Data(asked): Data<Subscribe>| {
                let room = format!("route:{}", asked.route_id);
                socket.join(room.clone());
                if let Ok(mut known) = known.lock() {
                    known.insert(room);
                }
                let message = format!("Successfully subscribed to route {}", asked.route_id);
                let answer = Subscribed { route_id: asked.route_id, message, seq: 0 };
                // A client that has left meanwhile needs no answer.
                let _ = socket.emit("subscribed", &answer);
            },
        );
    });
    let event: serde_json::Value = serde_json::from_str(EVENT)?;
    let app = axum::Router::new()
        .route("/fire", post(fire))
        .with_state((io, rooms, Arc::new(event)))
        .layer(layer);
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
    println!("listening on http://localhost:{}", listener.local_addr()?.port());
    std::io::stdout().flush()?;
    let listener = listener.tap_io(move |stream| {
        // Fails only on a socket that is dead already.
        let _ = stream.set_nodelay(is_prompt);
    });
    axum::serve(listener, app).await?;
    Ok(())
}

async fn fire(
    State((io, rooms, event)): State<(SocketIo, Rooms, Arc<serde_json::Value>)>,
    RawQuery(events): RawQuery,
) -> StatusCode {
    let Some(events) = events.and_then(|events| events.parse::<u32>().ok()) else {
        return StatusCode::BAD_REQUEST;
    };
    let rooms = rooms.lock().map(|rooms| rooms.clone()).unwrap_or_default();
    let Some(seats) = io.of("/seats") else { return StatusCode::NOT_FOUND };
    for _ in 0..events {
        for room in &rooms {
            if seats.clone().to(room.clone()).emit("seat_update", &*event).await.is_err() {
                return StatusCode::SERVICE_UNAVAILABLE;
            }
        }
    }
    StatusCode::OK
}
