//! How far the exchange on one connection has come, so that it is known for every byte whether it
//! belongs to a head, to a body, or is ahead of its time.
//!
//! hyper alone decides how long a body is and when an answer is over; it reports that through the
//! service ([`super::answering`]), and this file only follows. Bytes after a head are held back
//! until hyper has parsed that head, and bytes after a body until the answer is over. So the two
//! cannot disagree about where a request begins. One case is left out: only hyper finds the end of
//! a body in chunks, so such a request is the last one on its connection (`answering.rs` says so to
//! the client).

use std::task::Waker;

use parking_lot::Mutex;
use tokio_util::sync::CancellationToken;

use super::head_scan::{HeadScan, Scanned};

/// Shared by the stream of a connection and by the service that answers on it.
#[derive(Debug, Default)]
pub(super) struct Conversation {
    state: Mutex<State>,
    /// Cancelled when another connection needs this one's place.
    hang_up: CancellationToken,
}

#[derive(Debug, Default)]
struct State {
    reading: Reading,
    is_answering: bool,
    is_watched: bool,
    /// The task that reads on when the answer is over.
    reader: Option<Waker>,
}

/// What the next byte belongs to.
#[derive(Debug)]
enum Reading {
    Head(HeadScan),
    /// Nothing, until the head that was handed on has been parsed.
    HeadIsWhole,
    /// A body with this many bytes still to come.
    Body(u64),
    /// A body in chunks, and all that follows it.
    Chunks,
    /// The next request.
    Done,
    /// Not HTTP any more: the head was refused, or the connection has become a websocket.
    Over(Over),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Over {
    BareLineFeed,
    Upgraded,
}

/// What a read may do now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Wanted {
    /// `is_idle`: nothing of it has come.
    Head {
        is_idle: bool,
    },
    /// A head was handed on whole and has to be parsed first.
    Understanding,
    Body,
    /// An answer has to be finished first.
    Answer,
    Nothing(Over),
}

impl Default for Reading {
    fn default() -> Self {
        Self::Head(HeadScan::default())
    }
}

impl Conversation {
    /// What a read may do now. A request that has been answered makes room for the next one.
    pub(super) fn wanted(&self) -> Wanted {
        let mut state = self.state.lock();
        if matches!(state.reading, Reading::Done) && !state.is_answering {
            state.reading = Reading::default();
        }
        match &state.reading {
            Reading::Head(scan) => Wanted::Head { is_idle: scan.is_untouched() },
            Reading::HeadIsWhole => Wanted::Understanding,
            Reading::Body(_) | Reading::Chunks => Wanted::Body,
            Reading::Done => Wanted::Answer,
            Reading::Over(over) => Wanted::Nothing(*over),
        }
    }

    /// How many of these next bytes may be handed on now.
    pub(super) fn admit(&self, bytes: &[u8]) -> usize {
        let mut state = self.state.lock();
        let (admitted, next) = match &mut state.reading {
            Reading::Head(scan) => match scan.scan(bytes) {
                Scanned::More => (bytes.len(), None),
                Scanned::End(end) => (end, Some(Reading::HeadIsWhole)),
                Scanned::BareLineFeed(at) => (at, Some(Reading::Over(Over::BareLineFeed))),
            },
            Reading::Body(left) => {
                let length = (bytes.len() as u64).min(*left);
                *left -= length;
                let next = (*left == 0).then_some(Reading::Done);
                // It is at most the length of a slice.
                (usize::try_from(length).unwrap_or(bytes.len()), next)
            }
            Reading::Chunks => (bytes.len(), None),
            Reading::HeadIsWhole | Reading::Done | Reading::Over(_) => (0, None),
        };
        if let Some(next) = next {
            state.reading = next;
        }
        admitted
    }

    /// A head was parsed; `None` is a body in chunks.
    pub(super) fn request(&self, body_bytes: Option<u64>) {
        let mut state = self.state.lock();
        state.is_answering = true;
        state.reading = match body_bytes {
            Some(0) => Reading::Done,
            Some(length) => Reading::Body(length),
            None => Reading::Chunks,
        };
    }

    /// Asks the connection to end as soon as it can: another one needs its place.
    pub(super) fn hang_up(&self) {
        self.hang_up.cancel();
    }

    pub(super) fn is_asked_to_hang_up(&self) -> bool {
        self.hang_up.is_cancelled()
    }

    pub(super) async fn asked_to_hang_up(&self) {
        self.hang_up.cancelled().await;
    }

    /// The connection changes to another protocol.
    pub(super) fn upgrade(&self) {
        self.state.lock().reading = Reading::Over(Over::Upgraded);
    }

    /// The answer under way goes on for as long as its reader wants.
    pub(super) fn watch(&self) {
        self.state.lock().is_watched = true;
    }

    pub(super) fn is_watched(&self) -> bool {
        self.state.lock().is_watched
    }

    /// hyper has taken the last part of an answer.
    pub(super) fn answered(&self) {
        let mut state = self.state.lock();
        state.is_answering = false;
        state.is_watched = false;
        if let Some(reader) = state.reader.take() {
            reader.wake();
        }
    }

    /// True if bytes that are written now cannot belong to an answer of the routes.
    pub(super) fn owes_nothing(&self) -> bool {
        let state = self.state.lock();
        let in_head = matches!(
            state.reading,
            Reading::Head(_) | Reading::HeadIsWhole | Reading::Over(Over::BareLineFeed)
        );
        in_head && !state.is_answering
    }

    /// Wakes this reader when the answer is over.
    pub(super) fn wake_when_answered(&self, reader: &Waker) {
        let mut state = self.state.lock();
        if state.is_answering {
            state.reader = Some(reader.clone());
        } else {
            reader.wake_by_ref();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEAD: &[u8] = b"GET / HTTP/1.1\r\n\r\n";

    #[test]
    fn each_byte_is_handed_on_when_its_time_has_come() {
        let talk = Conversation::default();
        assert_eq!(talk.wanted(), Wanted::Head { is_idle: true });
        assert_eq!(talk.admit(&HEAD[..5]), 5);
        assert_eq!(talk.wanted(), Wanted::Head { is_idle: false });
        assert_eq!(talk.admit(&[&HEAD[5..], b"abc\nGET"].concat()), HEAD.len() - 5);
        assert_eq!((talk.wanted(), talk.admit(b"abc")), (Wanted::Understanding, 0));
        talk.request(Some(4));
        assert_eq!(talk.admit(b"abc\nGET"), 4);
        assert_eq!((talk.wanted(), talk.admit(b"GET")), (Wanted::Answer, 0));
        talk.answered();
        assert_eq!(talk.wanted(), Wanted::Head { is_idle: true });
    }

    #[test]
    fn a_body_that_comes_behind_its_answer_is_still_a_body() {
        let talk = Conversation::default();
        talk.admit(HEAD);
        talk.request(Some(3));
        talk.answered();
        assert_eq!((talk.wanted(), talk.admit(b"a\nbGET")), (Wanted::Body, 3));
        assert_eq!(talk.wanted(), Wanted::Head { is_idle: true });
    }

    #[test]
    fn what_is_no_head_is_not_looked_at_as_one() {
        let talk = Conversation::default();
        talk.admit(HEAD);
        talk.request(Some(0));
        talk.upgrade();
        talk.answered();
        assert_eq!(talk.wanted(), Wanted::Nothing(Over::Upgraded));
        let talk = Conversation::default();
        assert_eq!(talk.admit(b"GET / HTTP/1.1\nHost: x"), 14);
        assert_eq!(talk.wanted(), Wanted::Nothing(Over::BareLineFeed));
        let talk = Conversation::default();
        talk.admit(HEAD);
        talk.request(None);
        assert_eq!(talk.admit(b"1\r\n\n\r\n"), 6);
    }
}
