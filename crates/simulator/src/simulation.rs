//! One run: a seed decides every step, and after every step the auditor checks.
//!
//! A step is: a person or a viewer does something, perhaps a group is committed (or fails, or the
//! process dies around it), every task works until all sleep, and the answers and the arrived
//! packets are checked. At the end all faults stop, and all viewers must come to rest with the same
//! map.

mod counting;

use std::time::Duration;

use domain::{NeighbourRule, RouteEvent};
use store_sqlite::stepped::Disk;

use crate::auditor::Auditor;
use crate::bank::Bank;
use crate::chance::Chance;
use crate::clerk::Clerk;
use crate::client::Client;
use crate::fault::{Checked, Fault};
use crate::founding::Town;
use crate::life::{Life, Parts};
use crate::money;
use crate::mutation::Mutation;
use crate::office::Office;
use crate::report::{Failure, Report};
use crate::tampering;
use crate::town;
use crate::trace::Trace;
use crate::weather::Weather;

/// What is run.
#[derive(Clone, Copy, Debug)]
pub struct Scenario {
    /// Decides everything.
    pub seed: u64,
    /// The fault that is put in on purpose.
    pub mutation: Option<Mutation>,
}

const STEPS: u64 = 64;
const CLIENTS: usize = 4;

/// Rounds in which everything must come to rest once the faults have stopped. Each is a second.
const ROUNDS_MAX: u64 = 90;

/// Longer than `booking` waits for a charge without an answer, and than any hold.
const LONG_AFTER_SECONDS: i64 = 150;

/// Runs one scenario in a town.
///
/// # Errors
/// The first broken promise.
pub fn run(town: &Town, scenario: Scenario) -> Result<Report, Box<Failure>> {
    let mut trace = Trace::new();
    let mut step = 0;
    let outcome = Simulation::start(town, scenario).and_then(|mut simulation| {
        let outcome = simulation.run();
        step = simulation.step;
        trace = simulation.trace;
        outcome
    });
    match outcome {
        Ok(()) => Ok(Report { fingerprint: trace.fingerprint(), tally: trace.into_tally() }),
        Err(fault) => {
            let last_lines = trace.last_lines();
            Err(Box::new(Failure { seed: scenario.seed, step, fault, last_lines }))
        }
    }
}

struct Simulation {
    scenario: Scenario,
    step: u64,
    /// When it began.
    dawn: i64,
    neighbour_rule: NeighbourRule,
    /// The fields below are dropped in this order.
    life: Life,
    clients: Vec<Client>,
    clerk: Clerk,
    office: Office,
    bank: Bank,
    weather: Weather,
    disk: Disk,
    /// As it was before the last group; kept only to forget that group.
    disk_before: Option<Disk>,
    auditor: Auditor,
    chance: Chance,
    trace: Trace,
}

/// What happens to the next group.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fate {
    Done,
    Fails,
    /// The process dies before its commit, after it, or when it was sent but not answered.
    DiesBefore,
    DiesUntold,
    DiesUnanswered,
}

impl Simulation {
    fn start(town: &Town, scenario: Scenario) -> Checked<Self> {
        let chance = Chance::new(scenario.seed);
        let disk = town.disk()?;
        tampering::prepare(scenario.mutation, disk.connection())?;
        let dawn = town::dawn(&chance);
        let house = chance.pick(&NeighbourRule::ALL).copied().unwrap_or_default();
        let neighbour_rule = match scenario.mutation {
            Some(Mutation::ForgetTheRule) => NeighbourRule::Off,
            _ => house,
        };
        let weather = Weather::calm(chance.fork());
        let bank = Bank::new(weather.clone(), scenario.mutation);
        let parts = Parts {
            disk: &disk,
            bank: &bank,
            weather: &weather,
            chance: &chance,
            mutation: scenario.mutation,
            now_millis: dawn,
            neighbour_rule,
        };
        let life = Life::start(&parts)?;
        let clients = (0..CLIENTS).map(|name| Client::new(name, &chance)).collect();
        Ok(Self {
            scenario,
            step: 0,
            dawn,
            neighbour_rule,
            life,
            clients,
            clerk: Clerk::new(scenario.mutation),
            office: Office::default(),
            bank,
            weather,
            auditor: Auditor::new(disk.connection(), house)?,
            disk,
            disk_before: None,
            chance,
            trace: Trace::new(),
        })
    }

    fn run(&mut self) -> Checked {
        for step in 1..=STEPS {
            self.step = step;
            self.trace.line(format!("step {step}"));
            self.act();
            if self.chance.percent(60) {
                let fate = self.fate();
                self.commit(fate)?;
            }
            self.turn()?;
        }
        counting::departures(&mut self.trace, self.dawn..self.life.now_millis());
        self.come_to_rest()
    }

    fn act(&mut self) {
        for _ in 0..self.chance.size(1, 3) {
            let Self { life, step, auditor, chance, trace, .. } = self;
            match chance.below(100) {
                0..=52 => self.clerk.ask(life, *step, auditor, chance, trace),
                53..=89 => {
                    let client = chance.index(CLIENTS);
                    self.clients[client].act(life, chance, trace);
                }
                90 | 91 => self.clerk.hang_up(chance, trace),
                92..=94 => self.office.ask(life, *step, chance, trace),
                95..=97 => {
                    self.weather.turn();
                    trace.line(format!("  the weather turns: {:?}", self.weather.odds()));
                }
                _ => {
                    // A charge that is still on its way would come too late.
                    if self.bank.on_their_way() == 0 {
                        let far = chance.percent(20);
                        let seconds =
                            if far { chance.between(850, 950) } else { chance.between(1, 40) };
                        let seconds = i64::try_from(seconds).unwrap_or_default();
                        trace.line(format!("  the clock jumps by {seconds} s"));
                        trace.count("clock jumps");
                        life.jump(seconds);
                    }
                }
            }
        }
    }

    fn fate(&mut self) -> Fate {
        if self.weather.strikes(|odds| odds.commit_fails) {
            return Fate::Fails;
        }
        let dies = [(1, Fate::DiesBefore), (1, Fate::DiesUntold), (2, Fate::DiesUnanswered)];
        self.chance.weighted((96, Fate::Done), &dies)
    }

    /// Takes a group out of the queue and applies its fate.
    fn commit(&mut self, fate: Fate) -> Checked {
        if self.scenario.mutation == Some(Mutation::ForgetAtCrash) {
            self.disk_before = Some(self.disk.copy()?);
        }
        let group_max = self.chance.size(1, 8);
        let refuses = matches!(fate, Fate::Fails | Fate::DiesBefore);
        let mut early = Vec::new();
        let hook = |events: &[RouteEvent]| {
            early = events.to_vec();
            if refuses { Err("the simulated disk is full".to_owned()) } else { Ok(()) }
        };
        let Some(group) = self.life.stepper.commit(group_max, hook) else { return Ok(()) };
        let outcome = group.outcome();
        let shown = outcome.map(|group| group.map_or(0, |group| group.events.len()));
        self.trace.line(format!("  {} commands in a group, {fate:?}: {shown:?}", group.commands()));
        self.trace.count("groups");
        let committed = outcome.unwrap_or_default().cloned();
        let events = committed.as_ref().map_or(&[][..], |group| &group.events);
        counting::rare(&mut self.trace, self.auditor.ledger(), events);
        let connection = self.disk.connection();
        self.auditor.group(self.step, connection, &self.bank, outcome)?;
        tampering::tamper(self.scenario.mutation, self.disk.connection())?;
        let told = match self.scenario.mutation {
            Some(Mutation::TellBeforeCommit) => tampering::untimely(committed, early),
            Some(Mutation::TellChangesBeforeCommit) => {
                let is_change = |event: &RouteEvent| event.seat().is_none();
                let (mut told, _): (Vec<_>, Vec<_>) = early.into_iter().partition(is_change);
                let timely = committed.iter().flat_map(|group| &group.events);
                told.extend(timely.filter(|event| !is_change(event)).cloned());
                tampering::untimely(committed, told)
            }
            _ => committed,
        };
        match fate {
            Fate::DiesBefore => {
                self.trace.count("crashes before a commit");
                return self.crash();
            }
            Fate::DiesUntold => {
                self.trace.count("crashes after a commit, before it is told");
                return self.crash();
            }
            Fate::Fails => self.trace.count("failed commits"),
            Fate::Done | Fate::DiesUnanswered => {}
        }
        if let Some(group) = told {
            self.life.stepper.tell(group);
        }
        if fate == Fate::DiesUnanswered {
            self.trace.count("crashes after a commit, before it is answered");
            self.life.turn(Duration::from_millis(self.chance.below(3)));
            return self.crash();
        }
        group.answer();
        Ok(())
    }

    /// The process dies and starts again on what is on the disk.
    fn crash(&mut self) -> Checked {
        self.trace.line("  the process dies".to_owned());
        counting::life(&mut self.trace, &self.life);
        self.clerk.forget();
        self.office.forget();
        for client in &mut self.clients {
            client.server_died(&self.life, &self.chance);
        }
        let downtime = i64::try_from(self.chance.below(20_000)).unwrap_or_default();
        let now_millis = self.life.now_millis() + downtime;
        if let Some(before) = self.disk_before.take() {
            self.disk = before;
        }
        let parts = Parts {
            disk: &self.disk,
            bank: &self.bank,
            weather: &self.weather,
            chance: &self.chance,
            mutation: self.scenario.mutation,
            now_millis,
            neighbour_rule: self.neighbour_rule,
        };
        self.life = Life::start(&parts)?;
        self.auditor.restarted(self.disk.connection())?;
        let age = self.life.age();
        for client in &mut self.clients {
            client.look_up(age, self.auditor.ledger(), &mut self.trace)?;
        }
        Ok(())
    }

    /// All tasks work until all sleep; then answers and arrived packets are checked.
    fn turn(&mut self) -> Checked {
        let length = match self.chance.below(20) {
            0 => self.chance.millis(500, 4_000),
            1..=4 => self.chance.millis(20, 200),
            _ => self.chance.millis(1, 5),
        };
        self.life.turn(length);
        self.look(false)
    }

    fn look(&mut self, all: bool) -> Checked {
        self.clerk.collect(&self.life, &mut self.auditor, &mut self.trace)?;
        self.office.collect(&self.life, &self.auditor, &mut self.trace)?;
        let age = self.life.age();
        for client in &mut self.clients {
            client.look_up(age, self.auditor.ledger(), &mut self.trace)?;
            let max = match self.chance.below(4) {
                _ if all => usize::MAX,
                0 => self.chance.index(200),
                _ => usize::MAX,
            };
            client.read(max, self.auditor.ledger(), &mut self.trace)?;
        }
        Ok(())
    }

    /// All faults stop; remaining holds end, all payments are settled, and every viewer gets what
    /// the database holds.
    fn come_to_rest(&mut self) -> Checked {
        self.trace.line("all faults cease".to_owned());
        self.weather.clear_up();
        let mut restless = Fault("nothing was looked at".to_owned());
        self.clerk.ask_all_again(&self.life, self.step, &mut self.auditor, &mut self.trace);
        for round in 0..ROUNDS_MAX {
            self.step += 1;
            if round > 0 && self.bank.on_their_way() == 0 && self.is_waiting_for_time() {
                self.life.jump(LONG_AFTER_SECONDS);
            }
            for client in &mut self.clients {
                client.heal(&self.life, &self.chance, &mut self.trace);
            }
            self.commit_what_waits()?;
            self.life.turn(Duration::from_secs(1));
            // A node renews its lease every second, also at rest.
            self.commit_what_waits()?;
            self.look(true)?;
            match self.is_at_rest() {
                Ok(()) => {
                    counting::life(&mut self.trace, &self.life);
                    self.trace.add("queries that failed", self.weather.failed_reads());
                    self.trace.add("charges whose answer was lost", self.bank.answers_lost());
                    return Ok(());
                }
                Err(fault) => restless = fault,
            }
        }
        Err(Fault(format!("it does not come to rest: {restless}")))
    }

    fn commit_what_waits(&mut self) -> Checked {
        while self.life.stepper.waiting() > 0 {
            self.commit(Fate::Done)?;
            self.life.turn(Duration::from_millis(1));
        }
        Ok(())
    }

    fn is_waiting_for_time(&self) -> bool {
        self.auditor.has_holds() || self.auditor.books().payments.iter().any(money::is_unfinished)
    }

    fn is_at_rest(&self) -> Checked {
        if self.life.stepper.waiting() > 0 || self.clerk.waiting() + self.office.waiting() > 0 {
            return Err(Fault("somebody waits for an answer".to_owned()));
        }
        self.auditor.at_rest(&self.bank)?;
        for client in &self.clients {
            client.is_up_to_date(self.auditor.ledger())?;
        }
        Ok(())
    }
}
