//! The order in which booking codes are kept, and the series of codes that are given out in it.
//!
//! Codes must not be guessed, and an index likes new entries beside each other. So every code has a
//! rank in an order that only the database knows (`pnr_order`, a secret key): neighbours by rank
//! have nothing in common to anybody without the key. Invariants: every number of a code is the
//! rank of exactly one code; the order of a database never changes.

use std::fmt;
use std::sync::Arc;

use domain::Pnr;
use domain::pnr::PNRS;
use parking_lot::Mutex;
use ring::aead::quic::{AES_128, HeaderProtectionKey};
use rusqlite::Connection;
use rusqlite::Error::FromSqlConversionFailure;
use rusqlite::functions::FunctionFlags;
use rusqlite::types::Type;

/// Codes that are given out side by side. After them the next ones begin somewhere else, so that
/// ranks that were used before are left behind.
const PNR_SERIES: u32 = 1_024;

/// As many as FF1 (NIST SP 800-38G) has for the same network.
const ROUNDS: u8 = 10;

/// A number is two digits to this base.
const HALF: u32 = 7_776;
const _: () = assert!(HALF * HALF == PNRS);

/// A Feistel network over a code's two halves. Its function is AES of one block, which `ring` has
/// as the mask of QUIC's packet headers.
pub(crate) struct PnrOrder(HeaderProtectionKey);

impl fmt::Debug for PnrOrder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PnrOrder")
    }
}

impl PnrOrder {
    /// The order of a database.
    pub(crate) fn of(connection: &Connection) -> rusqlite::Result<Self> {
        // In small letters: its plan is not checked.
        let key: Vec<u8> =
            connection.query_row("select key from pnr_order", [], |row| row.get(0))?;
        Self::new(&key)
    }

    fn new(key: &[u8]) -> rusqlite::Result<Self> {
        let wrong = |_| FromSqlConversionFailure(0, Type::Blob, "not the key of an order".into());
        HeaderProtectionKey::new(&AES_128, key).map(Self).map_err(wrong)
    }

    /// The code of this rank.
    fn at(&self, rank: u32) -> Pnr {
        Pnr::from_number(self.number_at(rank))
    }

    fn number_at(&self, rank: u32) -> u32 {
        let (mut high, mut low) = (rank / HALF, rank % HALF);
        for round in 0..ROUNDS {
            (high, low) = (low, (high + self.mixed(round, low)) % HALF);
        }
        high * HALF + low
    }

    /// Where a code stands; `None` for a text that is none.
    pub(crate) fn rank(&self, pnr: &Pnr) -> Option<u32> {
        let number = pnr.number()?;
        let (mut high, mut low) = (number / HALF, number % HALF);
        for round in (0..ROUNDS).rev() {
            (high, low) = ((low + HALF - self.mixed(round, high)) % HALF, high);
        }
        Some(high * HALF + low)
    }

    fn mixed(&self, round: u8, half: u32) -> u32 {
        let mut block = [0; 16];
        block[0] = round;
        block[1..5].copy_from_slice(&half.to_be_bytes());
        let Ok([_, mask @ ..]) = self.0.new_mask(&block) else {
            unreachable!("a block has the length that AES takes")
        };
        u32::from_be_bytes(mask) % HALF
    }
}

/// Makes `pnr_rank_in(key, pnr)` known to a connection, for the migration that ranks older
/// bookings: NULL for a text that is no code.
pub(crate) fn provide(connection: &Connection) -> rusqlite::Result<()> {
    let pure = FunctionFlags::SQLITE_UTF8 | FunctionFlags::SQLITE_DETERMINISTIC;
    connection.create_scalar_function("pnr_rank_in", 2, pure, |context| {
        let order = PnrOrder::new(context.get_raw(0).as_blob()?)?;
        let pnr: Option<String> = context.get(1)?;
        Ok(pnr.and_then(|pnr| order.rank(&Pnr::from_stored(pnr))))
    })
}

/// The codes that are given out, one after the other by rank. Some of them may be in use already:
/// then a booking takes another one.
#[derive(Debug)]
pub(crate) struct PnrSeries {
    order: Arc<PnrOrder>,
    next: Mutex<Next>,
}

#[derive(Debug)]
struct Next {
    rank: u32,
    /// Codes until the series ends.
    left: u32,
}

impl PnrSeries {
    /// Begins somewhere: at a random number.
    pub(crate) fn begin(order: Arc<PnrOrder>, random: [u8; 4]) -> Self {
        let next = Next { rank: u32::from_be_bytes(random) % PNRS, left: PNR_SERIES };
        Self { order, next: Mutex::new(next) }
    }

    pub(crate) fn next(&self) -> Pnr {
        let mut next = self.next.lock();
        if next.left == 0 {
            // The order itself says where: nobody can guess it, and no other source is needed.
            next.rank = self.order.number_at(next.rank);
            next.left = PNR_SERIES;
        }
        let pnr = self.order.at(next.rank);
        next.rank = (next.rank + 1) % PNRS;
        next.left -= 1;
        pnr
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    const KEY: [u8; 16] = [7; 16];

    fn order() -> PnrOrder {
        PnrOrder::new(&KEY).unwrap()
    }

    #[test]
    fn every_rank_has_a_code_of_its_own() {
        const STRIDE: usize = 601;
        let order = order();
        let mut codes = HashSet::new();
        for rank in (0..PNRS).step_by(STRIDE).chain([PNRS - 1]) {
            let pnr = order.at(rank);
            assert_eq!(order.rank(&pnr), Some(rank));
            assert!(codes.insert(pnr), "{rank}");
        }
        for number in (0..PNRS).step_by(STRIDE) {
            let pnr = Pnr::from_number(number);
            assert_eq!(order.at(order.rank(&pnr).unwrap()), pnr);
        }
        assert_eq!(order.rank(&Pnr::from_stored("VV00".to_owned())), None);
    }

    #[test]
    fn codes_given_out_one_after_the_other_look_like_any_others() {
        let codes: Vec<Pnr> = (0..PNR_SERIES).map(|rank| order().at(rank)).collect();
        let numbers: HashSet<u32> = codes.iter().filter_map(Pnr::number).collect();
        // Of pairs of random numbers, one in ten thousand is that close: 0.1 of these pairs.
        let close = |pair: &&[Pnr]| {
            let [one, other] = [0, 1].map(|at| pair[at].number().unwrap());
            one.abs_diff(other) < PNRS / 10_000
        };
        assert!(codes.windows(2).filter(close).count() < 3);
        // Each part of the space gets its share: 128 of each eighth on average.
        for eighth in 0..8 {
            let share = numbers.iter().filter(|number| **number / (PNRS / 8) == eighth).count();
            assert!((80..180).contains(&share), "{eighth}: {share}");
        }
        let other = PnrOrder::new(&[8; 16]).unwrap();
        let same = (0..PNR_SERIES).filter(|rank| other.at(*rank) == codes[*rank as usize]);
        assert!(same.count() < 2, "another database has another order");
    }

    #[test]
    fn a_series_is_in_a_row_and_the_next_one_is_elsewhere() {
        let series = PnrSeries::begin(Arc::new(order()), (PNRS - 10).to_be_bytes());
        let order = order();
        let ranks = || -> Vec<u32> {
            (0..PNR_SERIES).map(|_| order.rank(&series.next()).unwrap()).collect()
        };
        let first = ranks();
        assert_eq!((first[0], first[10]), (PNRS - 10, 0), "behind the last rank comes the first");
        assert!(first.windows(2).all(|pair| (pair[0] + 1) % PNRS == pair[1]));
        let second = ranks();
        assert!(second.windows(2).all(|pair| (pair[0] + 1) % PNRS == pair[1]));
        assert!(second[0].abs_diff(first[0]) > 2 * PNR_SERIES);
    }

    #[test]
    fn a_key_of_another_length_is_an_error() {
        assert!(PnrOrder::new(&[7; 15]).is_err());
        let connection = Connection::open_in_memory().unwrap();
        provide(&connection).unwrap();
        let rank = |key: &[u8], pnr: &str| {
            connection.query_row("select pnr_rank_in(?, ?)", (key, pnr), |row| {
                row.get::<_, Option<u32>>(0)
            })
        };
        assert!(rank(&[7; 15], "VV00ABCDE").is_err());
        let pnr = Pnr::parse("VV00ABCDE").unwrap();
        assert_eq!(rank(&KEY, pnr.as_str()).unwrap(), order().rank(&pnr));
        assert_eq!(rank(&KEY, "P1").unwrap(), None);
    }
}
