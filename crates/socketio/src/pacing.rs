//! How many packets a session may send, whoever is behind it ([`Pace`]).

use crate::pace::{Pace, Verdict};
use crate::session::{Session, State};

impl Session {
    /// Decides what to do with one more packet.
    pub(crate) fn paced(&self) -> Verdict {
        let now = self.shared.heartbeats.now_us();
        let mut state = self.state.lock();
        let Some(pace) = self.pace(&state) else { return Verdict::Serve };
        if pace.serves(&mut state.spent, now) {
            return Verdict::Serve;
        }
        let bears =
            state.aside.with(|aside| pace.bears(aside.refused.get_or_insert_default(), now));
        if bears { Verdict::Refuse } else { Verdict::Close }
    }

    /// Charges for this many more packets.
    pub(crate) fn charge(&self, packets: u32) {
        let now = self.shared.heartbeats.now_us();
        let mut state = self.state.lock();
        if let Some(pace) = self.pace(&state) {
            pace.charge(&mut state.spent, packets, now);
        }
    }

    /// Whether the application trusts its client, until it leaves a namespace.
    pub(crate) fn trust(&self, is_trusted: bool) {
        let mut state = self.state.lock();
        // Nothing is put aside for the many that are not.
        if is_trusted || state.aside.get().is_some() {
            state.aside.with(|aside| aside.is_trusted = is_trusted);
        }
    }

    fn pace(&self, state: &State) -> Option<Pace> {
        let is_trusted = state.aside.get().is_some_and(|aside| aside.is_trusted);
        self.shared.config.messages.map(|pace| pace.of(is_trusted))
    }
}
