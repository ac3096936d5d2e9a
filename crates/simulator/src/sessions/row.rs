//! A session as a row of the store: whose it is, and the stays that make it up.

use rooms::Stay;
use rooms::recovery::KeptSession;
use store::SessionKey;

use super::Rows;

pub(super) fn write(session: &KeptSession<Rows>) -> Vec<u8> {
    let mut text = session.owner.map_or_else(|| "-".to_owned(), |owner| format!("{owner:x}"));
    for Stay { room, ticket, start, joined_at, from_snapshot } in &session.stays {
        text.push_str(&format!("\n{ticket} {start} {joined_at} {from_snapshot} {room}"));
    }
    text.into_bytes()
}

pub(super) fn read(bytes: &[u8]) -> Option<KeptSession<Rows>> {
    let mut lines = std::str::from_utf8(bytes).ok()?.lines();
    let owner = match lines.next()? {
        "-" => None,
        hex => Some(u128::from_str_radix(hex, 16).ok()?),
    };
    let stay = |line: &str| {
        let mut words = line.splitn(5, ' ');
        Some(Stay {
            ticket: words.next()?.parse().ok()?,
            start: words.next()?.parse().ok()?,
            joined_at: words.next()?.parse().ok()?,
            from_snapshot: words.next()?.parse().ok()?,
            room: words.next()?.into(),
        })
    };
    Some(KeptSession { owner, name: (), stays: lines.map(stay).collect::<Option<_>>()? })
}

/// Under what a session is kept. The real key is a hash; who could read it is not the question here.
pub(super) fn key(pid: u64) -> SessionKey {
    let mut key = [0; 32];
    key[..8].copy_from_slice(&pid.to_be_bytes());
    SessionKey(key)
}

/// Whose key it is.
pub(super) fn pid(key: &SessionKey) -> u64 {
    key.0.iter().take(8).fold(0, |pid, byte| pid << 8 | u64::from(*byte))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_session_comes_back_as_it_was_written() {
        let stay = Stay {
            room: "route 1".into(),
            ticket: u64::MAX,
            start: 7,
            joined_at: 9,
            from_snapshot: true,
        };
        let other = Stay { room: "route 2".into(), from_snapshot: false, ..stay.clone() };
        for owner in [None, Some(u128::MAX)] {
            let stays = vec![stay.clone(), other.clone()];
            let read = read(&write(&KeptSession { owner, name: (), stays: stays.clone() }));
            assert_eq!(read.map(|read| (read.owner, read.stays)), Some((owner, stays)));
        }
        assert_eq!(pid(&key(u64::MAX - 1)), u64::MAX - 1);
    }
}
