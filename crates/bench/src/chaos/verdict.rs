//! The end of a run: all clients connect again, and their maps are compared with the database.

use std::collections::HashMap;
use std::rc::Rc;
use std::time::Duration;

use anyhow::Context as _;
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep};

use super::http::{Ask, ask};
use super::ledger::{Entry, Judgement, Ledger, State, When};
use super::npm::{Npm, Watched};
use super::record::{Checked, Record};
use super::truth::Truth;
use super::viewer::{Order, Viewer};
use super::world::World;
use super::writer::state_of;
use crate::keep_alive::KeepAlive;
use crate::seat_map::SeatMap;

/// How long all clients may take to be connected and up to date, and to answer the roll call.
const BACK_TIMEOUT: Duration = Duration::from_secs(60);

/// How much longer than its time a hold may last.
const HOLD_GRACE: Duration = Duration::from_secs(20);

/// How often it is printed which clients are missing.
const REMARK_PERIOD: Duration = Duration::from_secs(3);

const LOOK_PERIOD: Duration = Duration::from_millis(100);

/// Connections that read tickets at one time.
const READERS: usize = 16;

pub(crate) struct Verdict<'a> {
    pub(crate) world: &'a Rc<World>,
    pub(crate) port: u16,
    pub(crate) admin: &'a str,
    pub(crate) viewers: &'a [Rc<Viewer>],
    pub(crate) npm: &'a Npm,
}

impl Verdict<'_> {
    /// Each of these under this path, as an administrator reads it.
    pub(super) async fn read_each(
        &self,
        path: &'static str,
        ids: Vec<String>,
    ) -> anyhow::Result<Vec<(String, serde_json::Value)>> {
        let ids = Rc::new(ids);
        let (port, mut reading) = (self.port, JoinSet::new());
        for reader in 0..READERS {
            let (ids, admin) = (Rc::clone(&ids), self.admin.to_owned());
            reading.spawn_local(async move {
                let mut connection = KeepAlive::connect(port).await?;
                let mut found = Vec::new();
                for id in ids.iter().skip(reader).step_by(READERS) {
                    let question = Ask::get(format!("{path}/{id}"), Some(&admin));
                    found.push((id.clone(), question.over(&mut connection).await?.body));
                }
                anyhow::Ok(found)
            });
        }
        let mut all = Vec::new();
        while let Some(found) = reading.join_next().await {
            all.extend(found??);
        }
        Ok(all)
    }

    /// Waits until no hold is left: from then on nothing changes.
    pub(crate) async fn settled(&self, hold: Duration) -> anyhow::Result<()> {
        let deadline = Instant::now() + hold + HOLD_GRACE;
        let question = Ask::get("/tickets?status=RESERVED&limit=1", Some(self.admin));
        loop {
            let answer = ask(self.port, &question).await?;
            let left = answer.total.context("no X-Total-Count")?;
            if left == 0 {
                return Ok(());
            }
            if Instant::now() > deadline {
                self.world.differs(format!("{left} holds have not ended"));
                return Ok(());
            }
            sleep(LOOK_PERIOD).await;
        }
    }

    /// Waits until all clients have a connection and the last event. True if they all have.
    pub(crate) async fn all_are_back(&self) -> anyhow::Result<bool> {
        let deadline = Instant::now() + BACK_TIMEOUT;
        let mut remark = Instant::now() + REMARK_PERIOD;
        loop {
            let heads = self.heads().await?;
            let late = self.late(&heads).await?;
            if late.is_empty() {
                return Ok(true);
            }
            if Instant::now() > remark {
                remark += REMARK_PERIOD;
                let who = late.first().map_or("", String::as_str);
                self.world.say(&format!("{} are not up to date, one of them: {who}", late.len()));
                // A stock client whose upgrade was cut off polls no more, and notices only when no
                // ping has come for 45 s; a browser would signal that the network was lost.
                self.npm.offline().await?;
            }
            if Instant::now() > deadline {
                late.into_iter().for_each(|story| self.world.differs(story));
                return Ok(false);
            }
            sleep(LOOK_PERIOD).await;
        }
    }

    /// The stories of clients that lack something.
    async fn late(&self, heads: &[u64]) -> anyhow::Result<Vec<String>> {
        let head = |route: usize| heads.get(route).copied().unwrap_or(0);
        let mut late = Vec::new();
        for viewer in self.viewers {
            let mut lacks = String::new();
            viewer.reached(|route, last| {
                if last.is_none_or(|last| last < head(route)) {
                    let id = self.world.id_of(route);
                    lacks = format!("has {last:?} of {} of route {id}", head(route));
                }
            });
            if !viewer.is_connected() {
                "is not back".clone_into(&mut lacks);
            }
            if !lacks.is_empty() {
                late.push(format!("{lacks}; {}", viewer.story()));
            }
        }
        for client in self.npm.clients().await? {
            let is_behind = |one: &&Watched| one.last.is_none_or(|last| last < head(one.route));
            if let Some(one) = client.routes.iter().find(is_behind) {
                let (last, head, id) = (one.last, head(one.route), self.world.id_of(one.route));
                late.push(format!("has {last:?} of {head} of route {id}; {}", client.story));
            } else if !client.connected {
                late.push(format!("is not back; {}", client.story));
            }
        }
        Ok(late)
    }

    async fn heads(&self) -> anyhow::Result<Vec<u64>> {
        let mut connection = KeepAlive::connect(self.port).await?;
        let mut heads = Vec::new();
        for route in &self.world.routes {
            let answer =
                Ask::get(format!("/routes/{}", route.id), None).over(&mut connection).await?;
            heads.push(answer.body["seq"].as_u64().context("a route without seq")?);
        }
        Ok(heads)
    }

    /// Lets all clients ask for the seats again, and compares all that they have. Returns the
    /// bookings of all tickets, too.
    pub(crate) async fn compare(
        &self,
        ledger: &Ledger,
        record: &Record,
    ) -> anyhow::Result<(Checked, Vec<String>)> {
        for viewer in self.viewers {
            viewer.order(Order::RollCall);
        }
        let clients = self.npm.roll_call().await?;
        let deadline = Instant::now() + BACK_TIMEOUT;
        sleep(LOOK_PERIOD).await;
        while self.viewers.iter().any(|viewer| !viewer.is_answered()) && Instant::now() < deadline {
            sleep(LOOK_PERIOD).await;
        }
        let mut truths = Vec::new();
        for route in &self.world.routes {
            let differs = |what| self.world.differs(what);
            truths.push(Truth::read(self.port, &route.id, differs).await?);
        }
        self.viewers(&truths);
        for client in clients {
            for watched in client.routes {
                let map = watched.legs.map(SeatMap::from_legs);
                self.one(&truths, (watched.route, watched.last, map.as_ref()), || {
                    client.story.clone()
                });
                if watched.start.is_none() {
                    self.world.differs(format!("never subscribed; {}", client.story));
                }
            }
        }
        let bookings = self.tickets(&truths, ledger).await?;
        Ok((record.check(self.world, &truths), bookings))
    }

    fn viewers(&self, truths: &[Truth]) {
        for viewer in self.viewers {
            if !viewer.is_answered() {
                self.world.differs(format!("did not answer the roll call; {}", viewer.story()));
            }
            viewer.each_sight(|route, sight| {
                self.one(truths, (route, sight.last(), sight.map.as_ref()), || viewer.story());
                let (Some(truth), Some(seen)) = (truths.get(route), sight.seen) else { return };
                if !truth.is_what_was_seen(seen.start, seen.last, sight.fingerprints) {
                    let id = self.world.id_of(route);
                    let what = format!("saw other events of route {id} than there are, {seen:?}");
                    self.world.differs(format!("{what}; {}", viewer.story()));
                }
            });
        }
    }

    fn one(
        &self,
        truths: &[Truth],
        (route, last, map): (usize, Option<u64>, Option<&SeatMap>),
        story: impl Fn() -> String,
    ) {
        let id = self.world.id_of(route);
        let Some(truth) = truths.get(route) else { return };
        if last != Some(truth.seq) {
            let what = format!("has {last:?} of {} events of route {id}", truth.seq);
            self.world.differs(format!("{what}; {}", story()));
        }
        let difference = map.map_or(Some("no map".into()), |map| map.difference(&truth.map));
        if let Some(difference) = difference {
            self.world.differs(format!("map of route {id}: {difference}; {}", story()));
        }
    }

    /// Every acknowledged write is there, and for every ticket the events and the database agree.
    async fn tickets(&self, truths: &[Truth], ledger: &Ledger) -> anyhow::Result<Vec<String>> {
        let mut told: HashMap<String, State> = HashMap::new();
        for truth in truths {
            for (id, (status, seat)) in &truth.tickets {
                told.insert(id.clone(), State { status: (*status).to_owned(), seat: *seat });
            }
        }
        let known: HashMap<String, Entry> = ledger.entries().into_iter().collect();
        let unknown = told.keys().filter(|id| !known.contains_key(*id)).count() as u64;
        let lost = self.world.tally.bookings_unanswered.get();
        if unknown > lost {
            let what = "tickets that nobody was told of, but only";
            self.world.differs(format!("{unknown} {what} {lost} bookings were not answered"));
        }
        // A list counts no further than it must.
        let stats = ask(self.port, &Ask::get("/tickets/stats", Some(self.admin))).await?.body;
        let stored = stats["total"].as_u64();
        if stored.is_none() || stored != u64::try_from(told.len()).ok() {
            self.world.differs(format!("{stored:?} tickets, and events of {}", told.len()));
        }
        let mut ids: Vec<String> = told.keys().chain(known.keys()).cloned().collect();
        ids.sort();
        ids.dedup();
        let mut bookings = Vec::new();
        for (id, ticket) in self.read_each("/tickets", ids).await? {
            let found = state_of(&ticket);
            bookings.extend(ticket["bookingId"].as_str().map(str::to_owned));
            if found.is_some() && !agree(told.get(&id), found.as_ref()) {
                let events = told.get(&id);
                self.world.differs(format!("ticket {id} is {found:?}, its events say {events:?}"));
            }
            let Some(entry) = known.get(&id) else { continue };
            let may_be_lost = |when: When| self.world.may_be_lost(when.asked, when.answered);
            let (route, steps) = (self.world.id_of(entry.route), &entry.steps);
            let what = format!("ticket {id} of route {route} is {found:?}");
            match entry.judged(found.as_ref(), may_be_lost) {
                Judgement::Kept => {}
                Judgement::Lost(count) => {
                    self.world.tally.lost.add(1);
                    let lost = steps.iter().rev().take(count);
                    let lost: Vec<_> = lost.map(|step| (&step.acknowledged, &step.last)).collect();
                    self.world.say(&format!("acknowledged and lost: {what}, and was {lost:?}"));
                }
                Judgement::Wrong => {
                    self.world.differs(format!("{what}, and was acknowledged: {steps:?}"));
                }
            }
        }
        bookings.sort();
        bookings.dedup();
        Ok(bookings)
    }
}

/// No event shows the seat of a suspended ticket.
fn agree(told: Option<&State>, found: Option<&State>) -> bool {
    let are_suspended = |state: Option<&State>| state.is_some_and(|it| it.status == "SUSPENDED");
    told == found || (are_suspended(told) && are_suspended(found))
}
