//! A request of a counter's frontend, as a value that can be sent again, and its answer.

use std::net::Ipv4Addr;

use anyhow::ensure;
use serde_json::Value;

use crate::keep_alive::{self, KeepAlive, request_with};

/// An answer that has come as a whole.
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) total: Option<u64>,
    pub(crate) body: Value,
}

/// A request.
#[derive(Clone, Debug)]
pub(crate) struct Ask {
    pub(crate) method: &'static str,
    pub(crate) path: String,
    pub(crate) token: Option<String>,
    pub(crate) body: Option<Value>,
    /// Sent again under it, the request is done once.
    pub(crate) key: Option<String>,
    /// The caller's address, as a proxy reports it; `None`: this machine's. Guests behind one
    /// address would wait for each other.
    pub(crate) from: Option<Ipv4Addr>,
}

impl Ask {
    pub(crate) fn get(path: impl Into<String>, token: Option<&str>) -> Self {
        let token = token.map(str::to_owned);
        Self { method: "GET", path: path.into(), token, body: None, key: None, from: None }
    }

    /// An error means that it is unknown whether it was done.
    pub(crate) async fn over(&self, connection: &mut KeepAlive) -> anyhow::Result<Answer> {
        whole(&connection.exchange(&self.bytes()).await?)
    }

    fn bytes(&self) -> Vec<u8> {
        let Self { method, path, token, body, key, from } = self;
        let more =
            [("Idempotency-Key", key.clone()), ("X-Forwarded-For", from.map(|it| it.to_string()))];
        request_with(method, path, token.as_deref(), body.as_ref(), &more)
    }
}

fn whole(answer: &keep_alive::Answer<'_>) -> anyhow::Result<Answer> {
    let body = match answer.body {
        [] => Value::Null,
        body => serde_json::from_slice(body)?,
    };
    Ok(Answer { status: answer.status, total: answer.total, body })
}

/// One request on a connection of its own, which must succeed. A busy server is asked again.
pub(crate) async fn ask(port: u16, ask: &Ask) -> anyhow::Result<Answer> {
    let answer = whole(&KeepAlive::connect(port).await?.insist(&ask.bytes()).await?)?;
    let good = (200..300).contains(&answer.status);
    ensure!(good, "{} {}: {} {}", ask.method, ask.path, answer.status, answer.body);
    Ok(answer)
}
