//! What is kept of a recoverable client while it is away: what a stock client sends of its session,
//! and what the auditor expects of its recovery.

use std::time::Duration;

use super::expected::Expected;
use crate::fault::{Checked, Fault, ensure};
use crate::ledger::Ledger;
use crate::life::Life;
use crate::link::{Link, Told};
use crate::sessions::Shown;
use crate::verdict::Verdict;

/// The offset of the last event that was received, in any session: a stock client keeps it even
/// after a connect that was not recovered.
#[derive(Clone, Debug)]
pub(super) struct Offset {
    pub(super) text: String,
    /// The session in which it came.
    pub(super) pid: Option<u64>,
}

/// The session of the last CONNECT that was answered.
#[derive(Clone, Debug)]
pub(super) struct Session {
    pub(super) pid: u64,
    pub(super) owner: Option<u128>,
    /// A subscription was confirmed as recoverable.
    pub(super) is_kept: bool,
    /// Every attempt to recover it was answered, so it is known that it is still there.
    pub(super) is_certain: bool,
    /// When it was left, in the life of the server: not before.
    pub(super) left_at: Duration,
    /// The server has died meanwhile.
    pub(super) has_died: bool,
}

#[derive(Debug, Default)]
pub(super) struct Memory {
    pub(super) session: Option<Session>,
    pub(super) offset: Option<Offset>,
    /// How far the session's last connection had got.
    pub(super) told: Told,
}

impl Memory {
    pub(super) fn shown(&self) -> Shown {
        Shown {
            pid: self.session.as_ref().map(|session| session.pid),
            offset: self.offset.as_ref().map(|offset| offset.text.clone()),
        }
    }

    /// The server dies when it is `age` old. A client that is away by then could be recovered for
    /// `window`.
    pub(super) fn server_died(&mut self, is_away: bool, age: Duration, window: Duration) {
        if let Some(session) = &mut self.session {
            session.is_certain &= !is_away || age < session.left_at + window;
            session.left_at = Duration::ZERO;
            session.has_died = true;
        }
    }

    /// A connection is gone.
    pub(super) fn left(&mut self, link: Link) {
        if link.is_in {
            self.told = link.told;
            self.told.doubts.extend(link.unsure);
            if let Some(session) = &mut self.session {
                session.left_at = link.alive_at;
            }
        }
    }

    /// It connects again, and does not know the answer yet.
    pub(super) fn expects(&mut self, life: &Life) -> Expected {
        // An unanswered request may have changed everything.
        let has_asked = !self.told.doubts.is_empty();
        let mut expected = Expected {
            is_known: false,
            is_late: false,
            backlog_events_max: life.backlog_events_max,
        };
        if let Some(session) = &mut self.session {
            let was_certain = std::mem::replace(&mut session.is_certain, false);
            expected.is_late = life.age() >= session.left_at + life.watching.sessions.window();
            expected.is_known = session.is_kept && was_certain && !expected.is_late && !has_asked;
        }
        expected
    }

    /// The most events that it has missed in one of its rooms.
    pub(super) fn missed_most(&self, ledger: &Ledger) -> u64 {
        let missed = |(route, ordinal): (&usize, &u64)| ledger.end(*route).saturating_sub(*ordinal);
        self.told.cursors.iter().map(missed).max().unwrap_or_default()
    }

    /// Compares the answer with what is known of the session.
    pub(super) fn check(
        &self,
        verdict: Verdict,
        identity: Option<u128>,
        expected: Expected,
        ledger: &Ledger,
    ) -> Checked {
        let Some(session) = &self.session else {
            return ensure(verdict == Verdict::New, || "it has shown no session".to_owned());
        };
        // One without a user belongs to whoever has its key.
        let is_its_own = session.owner.is_none() || session.owner == identity;
        match verdict {
            Verdict::New => Err(Fault("its session was overlooked".to_owned())),
            Verdict::Recovered => {
                ensure(is_its_own, || "it was given another's session".to_owned())
            }
            Verdict::Foreign => ensure(!is_its_own, || "the session is its own".to_owned()),
            Verdict::Unknown => ensure(!expected.is_known, || {
                "its session was confirmed to be written down, and is not known".to_owned()
            }),
            Verdict::Unrecoverable => {
                let Told { cursors, doubts, from_snapshot, .. } = &self.told;
                let missed =
                    |(route, ordinal): (&usize, &u64)| ledger.end(*route).saturating_sub(*ordinal);
                let missed_most = cursors.iter().map(missed).max().unwrap_or_default();
                let may_be = !doubts.is_empty()
                    || !from_snapshot.is_empty()
                    || missed_most > expected.backlog_events_max;
                ensure(may_be, || {
                    let max = expected.backlog_events_max;
                    format!("not recovered for {missed_most} events missed of {max} allowed")
                })
            }
        }
    }
}
