//! The targets on any compiler: the corpus as it is, then changed at random, then bytes at random.

use std::path::Path;

use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};

/// Inputs of each kind and target: some thousands in a second or two.
const CASES: u32 = 2_000;
/// Changes to one seed.
const EDITS_MAX: usize = 8;
const BYTES_MAX: usize = 300;

/// What is done to a seed, where, and with what.
type Edit = (u8, prop::sample::Index, u8);

fn check(target: fn(&[u8]), name: &str) {
    let seeds = corpus(name);
    for seed in &seeds {
        target(seed);
    }
    let config = Config { cases: CASES, failure_persistence: None, ..Config::default() };
    let edits = prop::collection::vec(any::<Edit>(), 1..=EDITS_MAX);
    let changed = (prop::sample::select(seeds.clone()), edits, prop::sample::select(seeds));
    let tested = TestRunner::new(config.clone()).run(&changed, |(mut bytes, edits, other)| {
        for edit in edits {
            change(&mut bytes, edit, &other);
        }
        target(&bytes);
        Ok(())
    });
    if let Err(failure) = tested {
        panic!("{failure}");
    }
    let random = prop::collection::vec(any::<u8>(), 0..BYTES_MAX);
    let tested = TestRunner::new(config).run(&random, |bytes| {
        target(&bytes);
        Ok(())
    });
    if let Err(failure) = tested {
        panic!("{failure}");
    }
}

fn corpus(name: &str) -> Vec<Vec<u8>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/corpus").join(name);
    let files = std::fs::read_dir(&folder).unwrap();
    let mut paths: Vec<_> = files.map(|file| file.unwrap().path()).collect();
    paths.sort();
    assert!(!paths.is_empty(), "{} is empty", folder.display());
    paths.iter().map(|path| std::fs::read(path).unwrap()).collect()
}

fn change(bytes: &mut Vec<u8>, (kind, at, byte): Edit, other: &[u8]) {
    let at = at.index(bytes.len() + 1);
    let end = bytes.len().min(at + usize::from(byte % 16));
    match kind % 7 {
        0 => bytes.insert(at, byte),
        1 => drop(bytes.drain(at..end)),
        2 => bytes.truncate(at),
        3 => {
            let again = bytes[at..end].to_vec();
            bytes.splice(at..at, again);
        }
        4 => drop(bytes.splice(at.., other.iter().copied())),
        5 => bytes[at..].iter_mut().take(1).for_each(|changed| *changed = byte),
        _ => bytes[at..].iter_mut().take(1).for_each(|changed| *changed ^= 1 << (byte % 8)),
    }
}

#[test]
fn packets() {
    check(super::packets, "packets");
}

#[test]
fn payloads() {
    check(super::payloads, "payloads");
}

#[test]
fn frames() {
    check(super::frames, "frames");
}

#[test]
fn requests() {
    check(super::requests, "requests");
}
