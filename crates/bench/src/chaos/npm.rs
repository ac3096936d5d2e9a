//! The stock clients: one Node process full of them (`tests/js/chaos/viewers.js`), controlled by
//! lines of text.

use std::path::Path;
use std::process::Stdio;
use std::rc::Rc;
use std::time::Duration;

use anyhow::{Context as _, bail};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::process::{Child, ChildStdin, Command};
use tokio::sync::{Mutex, mpsc};

use super::world::World;

/// How long an answer may take.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(40);

/// Answers that have come and were not taken yet.
const ANSWERS_MAX: usize = 8;

pub(crate) struct Npm {
    line: Mutex<(ChildStdin, mpsc::Receiver<Value>)>,
    _child: Child,
}

/// One stock client, as it describes itself.
#[derive(Debug, Deserialize)]
pub(crate) struct Client {
    pub(crate) connected: bool,
    pub(crate) story: String,
    pub(crate) routes: Vec<Watched>,
}

#[derive(Debug, Deserialize)]
pub(crate) struct Watched {
    pub(crate) route: usize,
    pub(crate) start: Option<u64>,
    pub(crate) last: Option<u64>,
    /// The taken legs of each seat.
    pub(crate) legs: Option<Vec<u32>>,
}

#[derive(Debug, Default, Deserialize)]
pub(crate) struct Counts {
    pub(crate) cuts: u64,
    pub(crate) reloads: u64,
    pub(crate) reconnects: u64,
    pub(crate) recovered: u64,
    pub(crate) anew: u64,
    pub(crate) events: u64,
    pub(crate) missed: u64,
    pub(crate) doubled: u64,
    pub(crate) compared: u64,
    #[serde(rename = "betweenHistories")]
    pub(crate) between_histories: u64,
}

impl Npm {
    pub(crate) async fn start(
        script: &Path,
        plan: &Value,
        world: &Rc<World>,
    ) -> anyhow::Result<Self> {
        let mut command = Command::new("node");
        command.arg(script).stdin(Stdio::piped()).stdout(Stdio::piped()).kill_on_drop(true);
        let mut child = command.spawn().context("node does not start")?;
        let stdin = child.stdin.take().context("no stdin")?;
        let stdout = child.stdout.take().context("no stdout")?;
        let (answers, receiver) = mpsc::channel(ANSWERS_MAX);
        let world = Rc::clone(world);
        tokio::task::spawn_local(async move {
            let mut lines = BufReader::new(stdout).lines();
            while let Ok(Some(line)) = lines.next_line().await {
                match serde_json::from_str::<Value>(&line) {
                    Ok(Value::Object(said)) if said.contains_key("difference") => {
                        world.differs(said["difference"].as_str().unwrap_or_default().to_owned());
                    }
                    Ok(Value::Object(said)) if said.contains_key("notRecovered") => {
                        let story = said["notRecovered"].as_str().unwrap_or_default();
                        world.was_not_recovered(story.to_owned());
                    }
                    Ok(answer) => {
                        if answers.send(answer).await.is_err() {
                            return;
                        }
                    }
                    Err(_) => world.differs(format!("the stock clients said: {line}")),
                }
            }
        });
        let npm = Self { line: Mutex::new((stdin, receiver)), _child: child };
        npm.tell(plan).await?;
        Ok(npm)
    }

    /// Resets the connections of about `percent` of the clients.
    pub(crate) async fn cut(&self, percent: u8, seed: u32) -> anyhow::Result<()> {
        self.tell(&json!({ "do": "cut", "percent": percent, "seed": seed })).await
    }

    /// Sends all of them a browser's signal that the network is lost: they connect again.
    pub(crate) async fn offline(&self) -> anyhow::Result<()> {
        self.tell(&json!({ "do": "offline" })).await
    }

    /// The database is about to go back: viewers from before are not recovered.
    pub(crate) async fn goes_back(&self) -> anyhow::Result<()> {
        self.tell(&json!({ "do": "goesBack" })).await
    }

    pub(crate) async fn clients(&self) -> anyhow::Result<Vec<Client>> {
        self.ask("where").await
    }

    /// All of them, once each has the server's last answer about every route.
    pub(crate) async fn roll_call(&self) -> anyhow::Result<Vec<Client>> {
        self.ask("rollCall").await
    }

    pub(crate) async fn counts(&self) -> anyhow::Result<Counts> {
        self.ask("counts").await
    }

    async fn tell(&self, what: &Value) -> anyhow::Result<()> {
        let mut line = self.line.lock().await;
        Ok(line.0.write_all(format!("{what}\n").as_bytes()).await?)
    }

    async fn ask<A: DeserializeOwned>(&self, what: &str) -> anyhow::Result<A> {
        let mut line = self.line.lock().await;
        let question = json!({ "do": what });
        line.0.write_all(format!("{question}\n").as_bytes()).await?;
        let answer = tokio::time::timeout(ANSWER_TIMEOUT, line.1.recv()).await;
        let Some(answer) = answer.with_context(|| format!("no answer to {what}"))? else {
            bail!("the stock clients' process has ended");
        };
        Ok(serde_json::from_value(answer)?)
    }
}
