//! A server for viewers: rooms to subscribe to, and a way to make events in them.

use std::path::Path;
use std::rc::Rc;

use anyhow::ensure;
use tokio::task::JoinSet;

use crate::company::{Company, LEGS};
use crate::keep_alive::{self, KeepAlive};
use crate::peers;
use crate::process::{self, Process};
use crate::which::Which;

/// Seats of the bus that events come from; each can be sold once on each leg.
const SEATS: usize = 100;

/// Connections that sell at one time.
const BUYERS_MAX: usize = 128;

pub(crate) struct Target {
    pub(crate) which: Which,
    pub(crate) process: Process,
    pub(crate) rooms: Vec<String>,
    company: Option<Rc<Company>>,
    buyers: Vec<KeepAlive>,
    sold: usize,
}

impl Target {
    pub(crate) async fn start(which: Which, seatwire: &Path, rooms: usize) -> anyhow::Result<Self> {
        let command = match which {
            Which::Seatwire => process::seatwire(seatwire, 0)?,
            Which::Floor | Which::FloorBatched => {
                let mut command = process::command(std::env::current_exe()?);
                command.arg("floor");
                if which == Which::FloorBatched {
                    command.arg("--batched");
                }
                command
            }
            _ => peers::command(which),
        };
        let process = Process::start(command).await?;
        let (company, rooms) = if which == Which::Seatwire {
            let company = Company::open(process.port, rooms, SEATS).await?;
            let rooms = company.routes.clone();
            (Some(Rc::new(company)), rooms)
        } else {
            (None, (0..rooms).map(|room| format!("room-{room}")).collect())
        };
        Ok(Self { which, process, rooms, company, buyers: Vec::new(), sold: 0 })
    }

    /// Makes this many events in every room, and returns when the server has answered.
    pub(crate) async fn fire(&mut self, events: usize) -> anyhow::Result<()> {
        if let Some(company) = &self.company {
            let company = Rc::clone(company);
            return self.sell(&company, events).await;
        }
        let path = format!("/fire?{events}");
        keep_alive::ask(self.process.port, &keep_alive::request("POST", &path, None, None)).await?;
        Ok(())
    }

    /// All requests at once, as far as there are buyers.
    async fn sell(&mut self, company: &Rc<Company>, events: usize) -> anyhow::Result<()> {
        let (first, end) = (self.sold, self.sold + events);
        ensure!(end <= SEATS * LEGS, "no seat is left: fewer rounds or events");
        self.sold = end;
        let rooms = self.rooms.len();
        let buyers = (events * rooms).min(BUYERS_MAX);
        while self.buyers.len() < buyers {
            self.buyers.push(KeepAlive::connect(self.process.port).await?);
        }
        let mut selling = JoinSet::new();
        for (number, mut buyer) in self.buyers.drain(..).enumerate() {
            let company = Rc::clone(company);
            selling.spawn_local(async move {
                for index in (first * rooms + number..end * rooms).step_by(buyers) {
                    let sale = index / rooms;
                    let request =
                        company.leg(&company.agent, index % rooms, sale / LEGS, sale % LEGS);
                    buyer.insist(&request).await?.good()?;
                }
                anyhow::Ok(buyer)
            });
        }
        while let Some(buyer) = selling.join_next().await {
            self.buyers.push(buyer??);
        }
        Ok(())
    }
}
