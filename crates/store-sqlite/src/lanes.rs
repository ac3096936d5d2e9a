//! The queue of the writer, in two lanes: commands, and sessions to recover viewers.
//!
//! A group takes all commands first, then a share of sessions. Ten thousand viewers that subscribe
//! at the same moment are ten thousand sessions to be written, and a buyer behind them is one: a
//! booking waits for the group that is under way and for no more than a share of sessions, never
//! for the crowd. Sessions always move on: every group has a share for them.

use std::io;

use tokio::runtime::{Builder, Runtime};
use tokio::sync::mpsc::Receiver;

use crate::group::Job;

/// The most commands committed together: a larger group gains nothing measurable and only delays
/// its first command.
pub const GROUP_MAX: usize = 256;

/// The most sessions of viewers in a group.
pub const SESSIONS_PER_GROUP_MAX: usize = 64;

pub(crate) struct Lanes {
    commands: Receiver<Box<dyn Job>>,
    sessions: Receiver<Box<dyn Job>>,
    /// Waits for both lanes at once; it drives nothing else.
    runtime: Runtime,
}

impl Lanes {
    pub(crate) fn new(
        commands: Receiver<Box<dyn Job>>,
        sessions: Receiver<Box<dyn Job>>,
    ) -> io::Result<Self> {
        Ok(Self { commands, sessions, runtime: Builder::new_current_thread().build()? })
    }

    /// How many jobs wait for the next groups.
    pub(crate) fn waiting(&self) -> usize {
        self.commands.len() + self.sessions.len()
    }

    /// Waits for work and takes a group of it. False when nothing waits and nothing can come any
    /// more.
    pub(crate) fn next_group(&mut self, jobs: &mut Vec<Box<dyn Job>>) -> bool {
        let Self { commands, sessions, runtime } = self;
        let (mut taken, session) = runtime.block_on(async {
            tokio::select! {
                biased;
                Some(command) = commands.recv() => (Some(command), None),
                Some(session) = sessions.recv() => (None, Some(session)),
                else => (None, None),
            }
        });
        if taken.is_none() && session.is_none() {
            return false;
        }
        while jobs.len() < GROUP_MAX {
            match taken.take().or_else(|| commands.try_recv().ok()) {
                Some(command) => jobs.push(command),
                None => break,
            }
        }
        let mut session = session;
        for _ in 0..SESSIONS_PER_GROUP_MAX {
            match session.take().or_else(|| sessions.try_recv().ok()) {
                Some(session) => jobs.push(session),
                None => break,
            }
        }
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fault::Fault;
    use crate::group::{Uncommitted, Undo};
    use crate::inside::Inside;
    use std::sync::mpsc::{Sender, channel};
    use tokio::sync::mpsc;

    /// Sends its name when it is answered.
    struct Named(&'static str, Sender<&'static str>);

    impl Job for Named {
        fn run(&mut self, _: &mut Inside<'_>) -> Result<(), Undo> {
            Ok(())
        }

        fn changes_inventory_by_itself(&self) -> bool {
            true
        }

        fn fail(&mut self, _: Fault) {}

        fn answer(self: Box<Self>, _: Result<(), &Uncommitted>) {
            self.1.send(self.0).unwrap();
        }
    }

    #[test]
    fn a_booking_goes_before_the_crowd_and_the_crowd_gets_its_share() {
        let (commands, waiting) = mpsc::channel(1_024);
        let (sessions, aside) = mpsc::channel(1_024);
        let mut lanes = Lanes::new(waiting, aside).unwrap();
        let (said, names) = channel();
        let job = |name| Box::new(Named(name, said.clone())) as Box<dyn Job>;
        let mut group = || {
            let mut jobs = Vec::new();
            let more = lanes.next_group(&mut jobs);
            jobs.into_iter().for_each(|job| job.answer(Ok(())));
            let names: Vec<&str> = names.try_iter().collect();
            let count = |wanted| names.iter().filter(|name| **name == wanted).count();
            let sorted = names.is_sorted();
            assert!(sorted, "bookings stand first: {names:?}");
            (more, count("booking"), count("session"))
        };
        for _ in 0..300 {
            sessions.try_send(job("session")).unwrap();
        }
        assert_eq!(group(), (true, 0, SESSIONS_PER_GROUP_MAX));
        for _ in 0..GROUP_MAX + 4 {
            commands.try_send(job("booking")).unwrap();
        }
        assert_eq!(group(), (true, GROUP_MAX, SESSIONS_PER_GROUP_MAX));
        assert_eq!(group(), (true, 4, SESSIONS_PER_GROUP_MAX));
        drop(commands);
        assert_eq!(group(), (true, 0, SESSIONS_PER_GROUP_MAX));
        drop(sessions);
        assert_eq!(group(), (true, 0, 300 - 4 * SESSIONS_PER_GROUP_MAX));
        assert_eq!(group(), (false, 0, 0));
    }
}
