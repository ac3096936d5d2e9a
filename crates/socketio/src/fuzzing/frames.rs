//! Frames of a client: the same messages with any cuts of the bytes, and never more bytes kept than
//! came.

use crate::websocket::CloseCode;
use crate::websocket::header::unmask;
use crate::websocket::message::{Assembler, Message, Step};

const PAYLOAD_MAX: usize = 1_000;
/// The first bytes say how the others are cut.
const CUTS: usize = 4;
/// The longest that may be left untaken: a control frame without its last byte.
const UNTAKEN_MAX: usize = 6 + 124;
/// A buffer grows by doubling, from at least this.
const BUFFER_BYTES_MIN: usize = 8;

/// The result of a stream of bytes.
#[derive(Debug, Default, PartialEq)]
struct Outcome {
    messages: Vec<Message>,
    refused: Option<CloseCode>,
}

/// A stream of frames after a few bytes that say how it is cut.
pub fn frames(data: &[u8]) {
    let Some((cuts, stream)) = data.split_first_chunk::<CUTS>() else { return };
    let whole = read(stream, std::iter::once(stream.len()));
    let pieces = cuts.iter().cycle().map(|cut| usize::from(cut % 64) + 1);
    assert_eq!(read(stream, pieces), whole, "cut by {cuts:?}");
    assert_eq!(read(stream, std::iter::repeat(1)), whole, "byte by byte");
    for message in whole.messages {
        let outcome = read(&masked(&message), std::iter::repeat(7));
        assert_eq!(outcome, Outcome { messages: vec![message], refused: None });
    }
}

fn read(mut stream: &[u8], mut pieces: impl Iterator<Item = usize>) -> Outcome {
    let mut assembler = Assembler::default();
    let mut input = Vec::new();
    let mut received = 0;
    let mut outcome = Outcome::default();
    while let (Some(piece), false) = (pieces.next(), stream.is_empty()) {
        let (piece, rest) = stream.split_at(piece.min(stream.len()));
        input.extend_from_slice(piece);
        received += piece.len();
        stream = rest;
        if !take(&mut assembler, &mut input, &mut outcome) {
            return outcome;
        }
        assert!(input.len() <= UNTAKEN_MAX, "{} bytes lie about", input.len());
        let kept = assembler.kept();
        assert!(kept <= 2 * received + BUFFER_BYTES_MIN, "{kept} bytes for {received}");
    }
    outcome
}

/// Takes all complete messages. False after the end.
fn take(assembler: &mut Assembler, input: &mut Vec<u8>, outcome: &mut Outcome) -> bool {
    loop {
        match assembler.step(input, PAYLOAD_MAX) {
            Ok(Step::Incomplete) => return true,
            Ok(Step::Consumed(len)) => {
                assert!(len > 0, "nothing was taken, again and again");
                input.drain(..len);
            }
            Ok(Step::Complete(len, message)) => {
                input.drain(..len);
                let is_end = matches!(message, Message::Close(_));
                outcome.messages.push(message);
                if is_end {
                    return false;
                }
            }
            Err(code) => {
                outcome.refused = Some(code);
                return false;
            }
        }
    }
}

/// The frame in which a client would send it.
fn masked(message: &Message) -> Vec<u8> {
    let (first, payload): (u8, &[u8]) = match message {
        Message::Text(text) => (0x81, text.as_bytes()),
        Message::Binary(bytes) => (0x82, bytes),
        Message::Close(payload) => (0x88, payload),
        Message::Ping(payload) => (0x89, payload),
        Message::Pong => (0x8A, b""),
    };
    let mut frame = vec![first];
    match u16::try_from(payload.len()) {
        Ok(len @ 0..=125) => frame.push(0x80 | len.to_be_bytes()[1]),
        Ok(len) => {
            frame.push(0xFE);
            frame.extend(len.to_be_bytes());
        }
        Err(_) => unreachable!("no message is longer than {PAYLOAD_MAX}"),
    }
    let mask = [1, 2, 3, 4];
    frame.extend(mask);
    let at = frame.len();
    frame.extend(payload);
    unmask(&mut frame[at..], mask);
    frame
}
