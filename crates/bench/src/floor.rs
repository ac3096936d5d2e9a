//! The floor: what the kernel itself needs to send to all viewers.
//!
//! It speaks the handshake of a viewer, keeps the sockets, and on `POST /fire?N` calls `send(2)`
//! once per viewer and event, in a bare loop, with frames as long as Seatwire's. Batched, it calls
//! it once per viewer, with the bytes of all N events: the least that a server can do for a burst
//! that it knows in advance. No room, no store, and only as much protocol as a viewer needs.

use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};

/// As long as a `seat_update` of Seatwire's demo: header and payload.
const EVENT_BYTES: usize = 404;

#[expect(clippy::print_stdout, reason = "the line that says where it listens")]
pub(crate) fn serve(is_batched: bool) -> anyhow::Result<()> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    println!("listening on http://localhost:{}", listener.local_addr()?.port());
    let mut viewers: Vec<TcpStream> = Vec::new();
    let mut frame = vec![0x81, 126, 0, 0];
    let payload = u16::try_from(EVENT_BYTES - frame.len())?;
    frame[2..4].copy_from_slice(&payload.to_be_bytes());
    frame.push(b'4');
    frame.resize(EVENT_BYTES, b'x');
    for stream in listener.incoming() {
        let mut stream = stream?;
        stream.set_nodelay(true)?;
        let head = read_head(&mut stream)?;
        if let Some(events) = head.strip_prefix("POST /fire?") {
            let events: usize = events.split(' ').next().unwrap_or("1").parse()?;
            let (calls, bytes) =
                if is_batched { (1, frame.repeat(events)) } else { (events, frame.clone()) };
            for _ in 0..calls {
                for viewer in &mut viewers {
                    viewer.write_all(&bytes)?;
                }
            }
            stream.write_all(b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n")?;
        } else {
            welcome(&mut stream)?;
            viewers.push(stream);
        }
    }
    Ok(())
}

fn read_head(stream: &mut TcpStream) -> std::io::Result<String> {
    let mut head = Vec::new();
    let mut byte = [0];
    while !head.ends_with(b"\r\n\r\n") && stream.read(&mut byte)? == 1 {
        head.push(byte[0]);
    }
    Ok(String::from_utf8_lossy(&head).into_owned())
}

/// The three answers that a viewer waits for. What it sends meanwhile is not read: it fits into the
/// socket's buffer.
fn welcome(stream: &mut TcpStream) -> std::io::Result<()> {
    let mut answer = b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\
        Connection: Upgrade\r\nSec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n"
        .to_vec();
    for text in ["0{}", "40/seats,{}", r#"42/seats,["subscribed",{}]"#] {
        answer.push(0x81);
        answer.push(u8::try_from(text.len()).unwrap_or(0));
        answer.extend_from_slice(text.as_bytes());
    }
    stream.write_all(&answer)
}
