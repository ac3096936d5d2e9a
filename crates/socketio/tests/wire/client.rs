//! A websocket client that does exactly what a test says, even what no client may do.

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::fixture::PATIENCE;

pub(crate) struct Client {
    stream: TcpStream,
    input: Vec<u8>,
    /// Of the last close frame that came.
    pub(crate) reason: String,
}

#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Got {
    Text(String),
    Binary(Vec<u8>),
    Ping(Vec<u8>),
    Pong(Vec<u8>),
    /// A close frame with a code or none; its reason is the client's `reason`.
    Close(Option<u16>),
    /// The end of the stream.
    End,
}

pub(crate) fn text(text: &str) -> Got {
    Got::Text(text.into())
}

/// A frame with its first byte given, masked.
pub(crate) fn frame(first: u8, payload: &[u8]) -> Vec<u8> {
    let mask = [0x12, 0x34, 0x56, 0x78];
    let mut frame = vec![first];
    match payload.len() {
        len @ 0..=125 => frame.push(0x80 | u8::try_from(len).unwrap()),
        len @ 126..=65_535 => {
            frame.push(0x80 | 126);
            frame.extend(u16::try_from(len).unwrap().to_be_bytes());
        }
        len => {
            frame.push(0x80 | 127);
            frame.extend((len as u64).to_be_bytes());
        }
    }
    frame.extend(mask);
    frame.extend(payload.iter().zip(mask.iter().cycle()).map(|(byte, key)| byte ^ key));
    frame
}

impl Client {
    /// A websocket on this path; the server has answered 101.
    pub(crate) async fn open(port: u16, path: &str, headers: &str) -> Self {
        Self::open_with_head(port, path, headers).await.0
    }

    /// A websocket on this path, and the head of the answer that made it one.
    pub(crate) async fn open_with_head(port: u16, path: &str, headers: &str) -> (Self, String) {
        let stream = TcpStream::connect(("127.0.0.1", port)).await.unwrap();
        // Pieces must arrive as they are written.
        stream.set_nodelay(true).unwrap();
        let mut client = Self { stream, input: Vec::new(), reason: String::new() };
        let head = client.handshake(path, headers).await;
        assert!(head.starts_with("HTTP/1.1 101"), "{head}");
        (client, head)
    }

    /// Asks for a websocket; returns the head of the answer.
    async fn handshake(&mut self, path: &str, headers: &str) -> String {
        let head = format!(
            "GET {path} HTTP/1.1\r\nHost: test\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\
             Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n{headers}\r\n"
        );
        self.stream.write_all(head.as_bytes()).await.unwrap();
        let end = loop {
            let found = self.input.windows(4).position(|window| window == b"\r\n\r\n");
            if let Some(end) = found {
                break end + 4;
            }
            assert!(self.fill().await, "a complete head");
        };
        let head: Vec<u8> = self.input.drain(..end).collect();
        String::from_utf8(head).unwrap()
    }

    /// The status with which a handshake is answered.
    pub(crate) async fn status(port: u16, path: &str) -> u16 {
        let stream = TcpStream::connect(("127.0.0.1", port)).await.unwrap();
        let mut client = Self { stream, input: Vec::new(), reason: String::new() };
        client.handshake(path, "").await.split(' ').nth(1).unwrap().parse().unwrap()
    }

    /// The next frame that is not a ping of Engine.IO.
    pub(crate) async fn packet(&mut self) -> Got {
        loop {
            match self.next().await {
                Got::Text(ping) if ping == "2" => {}
                got => return got,
            }
        }
    }

    /// A websocket session whose open packet was read.
    pub(crate) async fn session(port: u16) -> Self {
        let mut client = Self::open(port, "/socket.io/?EIO=4&transport=websocket", "").await;
        let Got::Text(open) = client.next().await else { panic!("no open packet") };
        assert!(open.starts_with("0{"), "{open}");
        client
    }

    /// A session that is connected to the main namespace.
    pub(crate) async fn connected(port: u16) -> Self {
        let mut client = Self::session(port).await;
        client.text("40").await;
        let Got::Text(connect) = client.next().await else { panic!("no connect packet") };
        assert!(connect.starts_with("40{\"sid\":\""), "{connect}");
        assert!(
            matches!(client.next().await, Got::Text(welcome) if welcome.starts_with("42[\"welcome\""))
        );
        client
    }

    pub(crate) async fn text(&mut self, text: &str) {
        self.raw(&frame(0x81, text.as_bytes())).await;
    }

    pub(crate) async fn raw(&mut self, bytes: &[u8]) {
        self.stream.write_all(bytes).await.unwrap();
    }

    /// The next frame.
    pub(crate) async fn next(&mut self) -> Got {
        tokio::time::timeout(PATIENCE, self.read()).await.expect("a frame")
    }

    /// Reads until the end of the stream; returns the frames before it.
    pub(crate) async fn rest(&mut self) -> Vec<Got> {
        let mut all = Vec::new();
        loop {
            match self.next().await {
                Got::End => return all,
                got => all.push(got),
            }
        }
    }

    async fn read(&mut self) -> Got {
        loop {
            if let Some(got) = self.parse() {
                return got;
            }
            if !self.fill().await {
                return Got::End;
            }
        }
    }

    fn parse(&mut self) -> Option<Got> {
        let [first, second, rest @ ..] = self.input.as_slice() else { return None };
        assert_eq!(second & 0x80, 0, "a server does not mask");
        let (header, len) = match second {
            126 => (4, usize::from(u16::from_be_bytes(rest.get(..2)?.try_into().unwrap()))),
            127 => (10, usize::from_be_bytes(rest.get(..8)?.try_into().unwrap())),
            len => (2, usize::from(*len)),
        };
        let first = *first;
        let payload = self.input.get(header..header + len)?.to_vec();
        self.input.drain(..header + len);
        Some(match first {
            0x81 => Got::Text(String::from_utf8(payload).unwrap()),
            0x82 => Got::Binary(payload),
            0x88 => {
                let (code, reason) = payload.split_at(payload.len().min(2));
                self.reason = String::from_utf8(reason.to_vec()).unwrap();
                Got::Close(code.try_into().ok().map(u16::from_be_bytes))
            }
            0x89 => Got::Ping(payload),
            0x8A => Got::Pong(payload),
            other => panic!("unexpected frame {other:x}"),
        })
    }

    async fn fill(&mut self) -> bool {
        let mut buffer = [0; 4096];
        match self.stream.read(&mut buffer).await {
            Ok(0) | Err(_) => false,
            Ok(len) => {
                self.input.extend(&buffer[..len]);
                true
            }
        }
    }
}
