//! Counter clerks who sell and cancel all the time, at an even pace, also while the server is down:
//! a broken connection is opened again, a request without an answer is not repeated.

use std::cell::Cell;
use std::rc::Rc;
use std::time::Duration;

use tokio::task::JoinSet;

use crate::company::Company;
use crate::json::text_behind;
use crate::keep_alive::KeepAlive;

/// Between two tries to reach the server.
const PAUSE: Duration = Duration::from_millis(20);

pub(crate) struct Sellers {
    working: JoinSet<()>,
    is_over: Rc<Cell<bool>>,
    sold: Rc<Cell<usize>>,
}

impl Sellers {
    /// `period`: from one sale of a clerk to its next; each makes an event, and two when it is
    /// taken back.
    pub(crate) fn start(company: &Rc<Company>, clerks: usize, period: Duration) -> Self {
        let (is_over, sold) = (Rc::new(Cell::new(false)), Rc::new(Cell::new(0)));
        let mut working = JoinSet::new();
        for clerk in 0..clerks {
            let (company, is_over, sold) =
                (Rc::clone(company), Rc::clone(&is_over), Rc::clone(&sold));
            working.spawn_local(async move {
                let mut pace = tokio::time::interval(period);
                pace.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
                let mut connection = None;
                // Clerks do not meet: each has its own seats, on all departures.
                for sale in (clerk..).step_by(clerks) {
                    pace.tick().await;
                    if is_over.get() {
                        return;
                    }
                    match one(&company, &mut connection, sale).await {
                        Ok(()) => sold.set(sold.get() + 1),
                        Err(_) => {
                            connection = None;
                            tokio::time::sleep(PAUSE).await;
                        }
                    }
                }
            });
        }
        Self { working, is_over, sold }
    }

    /// How many sales were answered and cancelled.
    pub(crate) fn sold(&self) -> usize {
        self.sold.get()
    }

    /// None of their requests is under way when this returns.
    pub(crate) async fn stop(mut self) {
        self.is_over.set(true);
        while self.working.join_next().await.is_some() {}
    }
}

async fn one(
    company: &Company,
    connection: &mut Option<KeepAlive>,
    sale: usize,
) -> anyhow::Result<()> {
    let connection = match connection {
        Some(connection) => connection,
        None => connection.insert(KeepAlive::connect(company.port).await?),
    };
    let routes = company.routes.len();
    let booking = company.booking(&company.agent, sale % routes, sale / routes % company.seats);
    let answer = connection.exchange(&booking).await?;
    // Taken: its cancellation was lost with the server, some rounds ago.
    if answer.status == 409 {
        return Ok(());
    }
    let ticket_id = text_behind(answer.good()?, br#""id":""#).unwrap_or_default().to_owned();
    let cancellation = company.cancellation(&company.agent, &ticket_id);
    connection.exchange(&cancellation).await?.good()?;
    Ok(())
}
