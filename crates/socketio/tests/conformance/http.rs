//! Plain HTTP requests, one connection each.

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::fixture::PATIENCE;

#[derive(Clone, Copy)]
pub(crate) struct Http {
    pub(crate) port: u16,
    pub(crate) path: &'static str,
}

#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) body: String,
}

/// What a page of another origin asks with.
pub(crate) const FOREIGN: &str = "Origin: https://elsewhere.example\r\n";

pub(crate) fn answer(status: u16, body: &str) -> Answer {
    Answer { status, body: body.into() }
}

impl Http {
    pub(crate) async fn request(self, method: &str, query: &str, body: &str) -> Answer {
        let text = self.exchange(method, query, "", body).await;
        let (head, body) = text.split_once("\r\n\r\n").expect("a complete head");
        answer(head.split(' ').nth(1).unwrap().parse().unwrap(), body)
    }

    /// The head of the answer, in lower case.
    pub(crate) async fn head(self, method: &str, query: &str, headers: &str) -> String {
        self.exchange(method, query, headers, "").await.to_lowercase()
    }

    async fn exchange(self, method: &str, query: &str, headers: &str, body: &str) -> String {
        let exchange = async {
            let mut stream = TcpStream::connect(("127.0.0.1", self.port)).await.unwrap();
            let whole = format!(
                "{method} {}?{query} HTTP/1.1\r\nHost: test\r\nConnection: close\r\n\
                 Content-Type: text/plain;charset=UTF-8\r\nContent-Length: {}\r\n{headers}\r\n{body}",
                self.path,
                body.len()
            );
            stream.write_all(whole.as_bytes()).await.unwrap();
            let mut answer = String::new();
            let _ = stream.read_to_string(&mut answer).await;
            answer
        };
        tokio::time::timeout(PATIENCE, exchange).await.expect("an answer")
    }

    /// Opens a polling session: its open packet.
    pub(crate) async fn open(self) -> String {
        let answer = self.request("GET", "EIO=4&transport=polling", "").await;
        assert_eq!(answer.status, 200, "{answer:?}");
        answer.body
    }

    /// Opens a polling session: its id.
    pub(crate) async fn sid(self) -> String {
        let open: serde_json::Value = serde_json::from_str(&self.open().await[1..]).unwrap();
        open["sid"].as_str().unwrap().to_owned()
    }

    pub(crate) async fn poll(self, sid: &str) -> Answer {
        self.request("GET", &format!("EIO=4&transport=polling&sid={sid}"), "").await
    }

    pub(crate) async fn post(self, sid: &str, body: &str) -> Answer {
        self.request("POST", &format!("EIO=4&transport=polling&sid={sid}"), body).await
    }
}
