//! Plain HTTP requests, one connection each.

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::task::JoinHandle;

use crate::fixture::PATIENCE;

#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) head: String,
    pub(crate) body: String,
}

pub(crate) async fn get(port: u16, query: &str) -> Answer {
    request(port, &format!("GET /socket.io/?{query} HTTP/1.1\r\n"), "").await
}

pub(crate) async fn post(port: u16, query: &str, body: &str) -> Answer {
    let head = format!("POST /socket.io/?{query} HTTP/1.1\r\nContent-Length: {}\r\n", body.len());
    request(port, &head, body).await
}

/// `head` without its last lines.
pub(crate) async fn request(port: u16, head: &str, body: &str) -> Answer {
    let exchange = async {
        let mut stream = TcpStream::connect(("127.0.0.1", port)).await.unwrap();
        let whole = format!("{head}Host: test\r\nConnection: close\r\n\r\n{body}");
        stream.write_all(whole.as_bytes()).await.unwrap();
        let mut answer = String::new();
        // A server that refuses a body may close before it has read it.
        let _ = stream.read_to_string(&mut answer).await;
        answer
    };
    let answer = tokio::time::timeout(PATIENCE, exchange).await.expect("an answer");
    parse(&answer)
}

pub(crate) fn parse(answer: &str) -> Answer {
    let (head, body) = answer.split_once("\r\n\r\n").expect("a complete head");
    let status = head.split(' ').nth(1).unwrap().parse().unwrap();
    Answer { status, head: head.to_lowercase(), body: body.to_owned() }
}

/// Opens a polling session: its id.
pub(crate) async fn open(port: u16) -> String {
    let answer = get(port, "EIO=4&transport=polling").await;
    assert_eq!(answer.status, 200, "{answer:?}");
    sid(&answer.body)
}

/// A poll that has reached the server and waits there.
///
/// Two exchanges follow it. Test and server share one thread, on which tasks and sockets have their
/// turn in the order in which they became ready: during the first exchange the poll is sent, and
/// when the second is over the server has handled it.
pub(crate) async fn poll_that_waits(port: u16, query: &str) -> JoinHandle<Answer> {
    let query = query.to_owned();
    let poll = tokio::spawn(async move { get(port, &query).await });
    for _ in 0..2 {
        get(port, "").await;
    }
    poll
}

pub(crate) fn sid(open_packet: &str) -> String {
    let json: serde_json::Value = serde_json::from_str(&open_packet[1..]).unwrap();
    json["sid"].as_str().unwrap().to_owned()
}

pub(crate) fn session(sid: &str) -> String {
    format!("EIO=4&transport=polling&sid={sid}")
}
