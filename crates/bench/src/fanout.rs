//! One event to many viewers, and many events at once: beside the floor, in one run.

use std::path::Path;
use std::rc::Rc;
use std::time::{Duration, Instant};

use anyhow::{Context as _, ensure};
use serde_json::{Value, json};
use tokio::task::LocalSet;

use crate::http::request;
use crate::server::Running;
use crate::viewer::{self, Crowd};

/// How long one thing may take before the run is given up.
const PATIENCE: Duration = Duration::from_secs(60);

/// Handshakes under way at one time.
const JOINING_MAX: usize = 128;

pub(crate) struct Plan {
    pub(crate) viewers: usize,
    pub(crate) rounds: usize,
    pub(crate) burst: usize,
}

struct Figures {
    name: &'static str,
    empty_kib: u64,
    held_kib: u64,
    after_kib: u64,
    joined: Duration,
    /// Of the median round.
    first: Duration,
    median: Duration,
    p99: Duration,
    last: Duration,
    burst_per_second: f64,
}

pub(crate) async fn run(seatwire: &Path, plan: &Plan) -> anyhow::Result<()> {
    let local = LocalSet::new();
    local
        .run_until(async {
            let floor = measure("floor", Target::Floor(Running::floor().await?), plan).await?;
            let server = Running::seatwire(seatwire).await?;
            let booth = Booth::open(&server).await?;
            let ours = measure("seatwire", Target::Seatwire(server, booth), plan).await?;
            print(plan, &[floor, ours]);
            Ok(())
        })
        .await
}

enum Target {
    Floor(Running),
    Seatwire(Running, Booth),
}

impl Target {
    fn server(&self) -> &Running {
        match self {
            Self::Floor(server) | Self::Seatwire(server, _) => server,
        }
    }

    fn route_id(&self) -> &str {
        match self {
            Self::Floor(_) => "floor",
            Self::Seatwire(_, booth) => &booth.route_id,
        }
    }

    /// Makes that many events happen.
    async fn fire(&mut self, events: usize) -> anyhow::Result<()> {
        match self {
            Self::Floor(server) => {
                request(server.port, "POST", &format!("/fire?{events}"), None, None).await?;
                Ok(())
            }
            Self::Seatwire(_, booth) => booth.sell(events).await,
        }
    }
}

async fn measure(name: &'static str, mut target: Target, plan: &Plan) -> anyhow::Result<Figures> {
    let empty_kib = target.server().rss_kib()?;
    let crowd = Rc::new(Crowd::default());
    let start = Instant::now();
    gather(&target, plan.viewers, &crowd).await?;
    let joined = start.elapsed();
    let held_kib = target.server().rss_kib()?;

    let mut rounds = Vec::new();
    for _ in 0..plan.rounds.max(1) {
        rounds.push(told(&mut target, &crowd, plan.viewers, 1).await?);
    }
    rounds.sort_by_key(|round| round.last().copied());
    let round = rounds.swap_remove(rounds.len() / 2);
    let at = |percent: usize| {
        let index = (round.len() * percent / 100).min(round.len().saturating_sub(1));
        round.get(index).copied().unwrap_or_default()
    };
    let burst = told(&mut target, &crowd, plan.viewers, plan.burst).await?;
    let lasted = burst.last().copied().unwrap_or_default();
    let after_kib = target.server().rss_kib()?;
    let figures = Figures {
        name,
        empty_kib,
        held_kib,
        after_kib,
        joined,
        first: at(0),
        median: at(50),
        p99: at(99),
        last: at(100),
        burst_per_second: f64::from(u32::try_from(burst.len())?) / lasted.as_secs_f64(),
    };
    match target {
        Target::Floor(server) | Target::Seatwire(server, _) => server.stop().await?,
    }
    Ok(figures)
}

async fn gather(target: &Target, viewers: usize, crowd: &Rc<Crowd>) -> anyhow::Result<()> {
    let (port, route_id) = (target.server().port, target.route_id().to_owned());
    let mut next = 0;
    while next < viewers {
        let end = (next + JOINING_MAX).min(viewers);
        let joining: Vec<_> = (next..end)
            .map(|index| {
                let (route_id, crowd) = (route_id.clone(), Rc::clone(crowd));
                tokio::task::spawn_local(async move {
                    viewer::join(index, port, &route_id, &crowd).await
                })
            })
            .collect();
        for joined in joining {
            tokio::time::timeout(PATIENCE, joined).await.context("a viewer did not join")???;
        }
        next = end;
    }
    Ok(())
}

/// Times of arrival after the request was sent, sorted.
async fn told(
    target: &mut Target,
    crowd: &Crowd,
    viewers: usize,
    events: usize,
) -> anyhow::Result<Vec<Duration>> {
    crowd.expect(viewers * events);
    let start = Instant::now();
    target.fire(events).await?;
    tokio::time::timeout(PATIENCE, crowd.all_there()).await.context("some events did not come")?;
    let mut times: Vec<Duration> =
        crowd.arrivals.borrow().iter().map(|arrival| arrival.duration_since(start)).collect();
    times.sort_unstable();
    Ok(times)
}

/// Sells the seats of the demo's largest bus, each once, as an agent does.
struct Booth {
    port: u16,
    token: String,
    route_id: String,
    ends: (String, String),
    seat_count: u64,
    next_seat: u64,
}

impl Booth {
    async fn open(server: &Running) -> anyhow::Result<Self> {
        let port = server.port;
        let login = json!({"email": "agent@seatwire.example", "password": "agent-demo-1"});
        let session = request(port, "POST", "/auth/login", None, Some(&login)).await?;
        let routes = request(port, "GET", "/routes/upcoming?days=14&limit=100", None, None).await?;
        let largest = routes
            .as_array()
            .and_then(|routes| routes.iter().max_by_key(|route| seats(route)))
            .context("there are no departures")?;
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        Ok(Self {
            port,
            token: text(&session["token"]),
            route_id: text(&largest["id"]),
            ends: (text(&largest["fromCity"]), text(&largest["toCity"])),
            seat_count: seats(largest),
            next_seat: 0,
        })
    }

    /// All requests at once.
    async fn sell(&mut self, events: usize) -> anyhow::Result<()> {
        let left = self.seat_count - self.next_seat;
        ensure!(
            u64::try_from(events)? <= left,
            "only {left} seats are left: fewer rounds or events"
        );
        let selling: Vec<_> = (0..events)
            .map(|_| {
                self.next_seat += 1;
                let body = json!({
                    "routeId": self.route_id, "fromCity": self.ends.0, "toCity": self.ends.1,
                    "seatNumber": self.next_seat, "gender": "OTHER",
                    "userPhoneNumber": "5321234567", "passengerName": "A Passenger",
                });
                let (port, token) = (self.port, self.token.clone());
                tokio::task::spawn_local(async move {
                    request(port, "POST", "/tickets", Some(&token), Some(&body)).await
                })
            })
            .collect();
        for sold in selling {
            sold.await??;
        }
        Ok(())
    }
}

fn seats(route: &Value) -> u64 {
    route["bus"]["seatCount"].as_u64().unwrap_or_default()
}

#[expect(clippy::print_stdout, reason = "the table is what the program is for")]
fn print(plan: &Plan, all: &[Figures]) {
    let millis = |time: Duration| format!("{:.1} ms", time.as_secs_f64() * 1_000.0);
    let mib = |kib: u64| format!("{:.1}", f64::from(u32::try_from(kib).unwrap_or(0)) / 1_024.0);
    println!("{} viewers of one route, bursts of {} events\n", plan.viewers, plan.burst);
    println!(
        "| | MiB empty | MiB held | MiB after | all joined | first | median | p99 | last | burst, deliveries/s |"
    );
    println!("|---|---|---|---|---|---|---|---|---|---|");
    for figures in all {
        println!(
            "| {} | {} | {} | {} | {} | {} | {} | {} | {} | {:.0} |",
            figures.name,
            mib(figures.empty_kib),
            mib(figures.held_kib),
            mib(figures.after_kib),
            millis(figures.joined),
            millis(figures.first),
            millis(figures.median),
            millis(figures.p99),
            millis(figures.last),
            figures.burst_per_second,
        );
    }
    if let [floor, ours, ..] = all {
        println!(
            "\nlast viewer: {:.2} × floor; burst: {:.1} × floor",
            ours.last.as_secs_f64() / floor.last.as_secs_f64(),
            ours.burst_per_second / floor.burst_per_second,
        );
    }
}
