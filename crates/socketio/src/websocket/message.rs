//! Makes messages from frames: fragments are put together, control frames may come between them.
//!
//! A message is passed on whole and checked: a text is UTF-8 with any fragments, and one that
//! cannot become UTF-8 any more is refused at the byte that shows it. Bytes are kept only while a
//! message is incomplete: those that have come, and never more than the payload limit.

use super::close::CloseCode;
use super::header::{self, Header, Opcode};

/// What a client has sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Message {
    Text(String),
    Binary(Vec<u8>),
    Ping(Vec<u8>),
    Pong,
    /// The peer closes: nothing, or a code and maybe a reason, as they stood in its frame.
    Close(Vec<u8>),
}

/// Puts messages together. Idle, it is one null pointer.
#[derive(Debug, Default)]
pub(crate) struct Assembler {
    begun: Option<Box<Begun>>,
}

/// A message of which a part has come.
#[derive(Debug)]
struct Begun {
    text: bool,
    payload: Vec<u8>,
    /// How much of a text's payload is known to be UTF-8.
    checked: usize,
    /// The frame in which the input has ended.
    frame: Option<Partial>,
}

#[derive(Debug)]
struct Partial {
    fin: bool,
    /// Rotated so that it fits the next byte.
    mask: [u8; 4],
    left: usize,
}

/// What is at the front of the input.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Step {
    /// Nothing can be taken yet.
    Incomplete,
    /// This many bytes were a part of a message.
    Consumed(usize),
    /// This many bytes completed a message.
    Complete(usize, Message),
}

impl Assembler {
    /// Looks at the front of `input`; the bytes that it takes are unmasked in place.
    pub(crate) fn step(&mut self, input: &mut [u8], payload_max: usize) -> Result<Step, CloseCode> {
        if self.begun.as_ref().is_some_and(|begun| begun.frame.is_some()) {
            return self.go_on(input, 0);
        }
        let Some(header) = header::parse(input, payload_max)? else {
            return Ok(Step::Incomplete);
        };
        self.check_order(&header)?;
        let end = header.len.saturating_add(header.payload_len);
        if header.opcode.is_control() {
            let Some(payload) = input.get_mut(header.len..end) else {
                return Ok(Step::Incomplete);
            };
            header::unmask(payload, header.mask);
            return Ok(Step::Complete(end, control(header.opcode, payload)?));
        }
        if header.fin && self.begun.is_none() && end <= input.len() {
            let payload = &mut input[header.len..end];
            header::unmask(payload, header.mask);
            return Ok(Step::Complete(end, whole(header.opcode == Opcode::Text, payload)?));
        }
        let begun = self.begun.get_or_insert_with(|| {
            let text = header.opcode == Opcode::Text;
            Box::new(Begun { text, payload: Vec::new(), checked: 0, frame: None })
        });
        if begun.payload.len().saturating_add(header.payload_len) > payload_max {
            return Err(CloseCode::TooBig);
        }
        let Header { fin, mask, payload_len: left, .. } = header;
        begun.frame = Some(Partial { fin, mask, left });
        self.go_on(input, header.len)
    }

    /// Bytes that are kept for a message that is not complete.
    #[cfg(any(test, feature = "fuzzing"))]
    pub(crate) fn kept(&self) -> usize {
        self.begun.as_ref().map_or(0, |begun| begun.payload.capacity())
    }

    /// Takes the bytes that have come of the current frame; its payload begins at `from`.
    fn go_on(&mut self, input: &mut [u8], from: usize) -> Result<Step, CloseCode> {
        let Some(begun) = &mut self.begun else { return Ok(Step::Incomplete) };
        let Some(frame) = &mut begun.frame else { return Ok(Step::Incomplete) };
        let end = input.len().min(from.saturating_add(frame.left));
        if end == 0 {
            return Ok(Step::Incomplete);
        }
        let part = &mut input[from..end];
        header::unmask(part, frame.mask);
        begun.payload.extend_from_slice(part);
        frame.mask.rotate_left(part.len() % 4);
        frame.left -= part.len();
        let (fin, ended) = (frame.fin, frame.left == 0);
        begun.check_text()?;
        if !ended {
            return Ok(Step::Consumed(end));
        }
        begun.frame = None;
        if !fin {
            return Ok(Step::Consumed(end));
        }
        let message = self.begun.take().map_or(Err(CloseCode::Protocol), |begun| begun.complete());
        Ok(Step::Complete(end, message?))
    }

    fn check_order(&self, header: &Header) -> Result<(), CloseCode> {
        let fits = match header.opcode {
            Opcode::Continuation => self.begun.is_some(),
            Opcode::Text | Opcode::Binary => self.begun.is_none(),
            Opcode::Close | Opcode::Ping | Opcode::Pong => true,
        };
        if fits { Ok(()) } else { Err(CloseCode::Protocol) }
    }
}

impl Begun {
    /// A character may be cut at the end; any other invalid bytes can never become UTF-8.
    fn check_text(&mut self) -> Result<(), CloseCode> {
        if !self.text {
            return Ok(());
        }
        match simdutf8::compat::from_utf8(&self.payload[self.checked..]) {
            Ok(text) => self.checked += text.len(),
            Err(error) if error.error_len().is_none() => self.checked += error.valid_up_to(),
            Err(_) => return Err(CloseCode::NotUtf8),
        }
        Ok(())
    }

    fn complete(self) -> Result<Message, CloseCode> {
        if !self.text {
            return Ok(Message::Binary(self.payload));
        }
        String::from_utf8(self.payload).map(Message::Text).map_err(|_| CloseCode::NotUtf8)
    }
}

fn whole(text: bool, payload: &[u8]) -> Result<Message, CloseCode> {
    if !text {
        return Ok(Message::Binary(payload.to_vec()));
    }
    let text = simdutf8::basic::from_utf8(payload).map_err(|_| CloseCode::NotUtf8)?;
    Ok(Message::Text(text.to_owned()))
}

fn control(opcode: Opcode, payload: &[u8]) -> Result<Message, CloseCode> {
    match opcode {
        Opcode::Ping => Ok(Message::Ping(payload.to_vec())),
        Opcode::Pong => Ok(Message::Pong),
        _ => close(payload),
    }
}

/// RFC 6455, sections 5.5.1 and 7.4: a close frame has no payload, or a code that may be sent and a
/// reason in UTF-8.
fn close(payload: &[u8]) -> Result<Message, CloseCode> {
    match payload.split_first_chunk::<2>() {
        None if payload.is_empty() => {}
        None => return Err(CloseCode::Protocol),
        Some((code, reason)) => {
            let code = u16::from_be_bytes(*code);
            if !matches!(code, 1000..=1003 | 1007..=1014 | 3000..=4999) {
                return Err(CloseCode::Protocol);
            }
            simdutf8::basic::from_utf8(reason).map_err(|_| CloseCode::NotUtf8)?;
        }
    }
    Ok(Message::Close(payload.to_vec()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn frame(first: u8, payload: &[u8]) -> Vec<u8> {
        let mask = [7, 8, 9, 10];
        let mut frame = vec![first];
        match payload.len() {
            len @ 0..=125 => frame.push(0x80 | u8::try_from(len).unwrap()),
            len => {
                frame.push(0xFE);
                frame.extend(u16::try_from(len).unwrap().to_be_bytes());
            }
        }
        frame.extend(mask);
        let at = frame.len();
        frame.extend(payload);
        header::unmask(&mut frame[at..], mask);
        frame
    }

    fn all(frames: &[Vec<u8>]) -> Result<Vec<Message>, CloseCode> {
        let mut assembler = Assembler::default();
        let mut input = frames.concat();
        let mut at = 0;
        let mut messages = Vec::new();
        loop {
            match assembler.step(&mut input[at..], 1000)? {
                Step::Incomplete => return Ok(messages),
                Step::Consumed(len) => at += len,
                Step::Complete(len, message) => {
                    at += len;
                    messages.push(message);
                }
            }
        }
    }

    #[test]
    fn control_frames_stand_between_fragments() {
        let frames = [
            frame(0x01, "gül".as_bytes().split_at(2).0),
            frame(0x89, b"p"),
            frame(0x00, "gül".as_bytes().split_at(2).1),
            frame(0x8A, b""),
            frame(0x80, b"!"),
            frame(0x82, b"\xff"),
            frame(0x88, b"\x03\xe8bye"),
        ];
        let want = [
            Message::Ping(b"p".to_vec()),
            Message::Pong,
            Message::Text("gül!".into()),
            Message::Binary(vec![0xff]),
            Message::Close(b"\x03\xe8bye".to_vec()),
        ];
        assert_eq!(all(&frames).unwrap(), want);
    }

    #[test]
    fn wrong_orders_and_contents_are_refused() {
        let refused = [
            (vec![frame(0x80, b"x")], CloseCode::Protocol),
            (vec![frame(0x01, b"x"), frame(0x81, b"y")], CloseCode::Protocol),
            (vec![frame(0x81, b"\xff")], CloseCode::NotUtf8),
            (vec![frame(0x01, b"\xc3"), frame(0x80, b"x")], CloseCode::NotUtf8),
            (vec![frame(0x88, b"\x03")], CloseCode::Protocol),
            (vec![frame(0x88, b"\x03\xed")], CloseCode::Protocol),
            (vec![frame(0x88, b"\x03\xe8\xff")], CloseCode::NotUtf8),
            (vec![frame(0x01, &[b'x'; 900]), frame(0x80, &[b'x'; 101])], CloseCode::TooBig),
        ];
        for (frames, code) in refused {
            assert_eq!(all(&frames), Err(code), "{frames:x?}");
        }
    }

    proptest! {
        #[test]
        fn no_bytes_are_too_strange(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            let _ = all(&[bytes]);
        }

        #[test]
        fn any_fragmentation_gives_the_same_text(text in ".{0,40}", cuts in prop::collection::vec(0usize..40, 0..4)) {
            let bytes = text.as_bytes();
            let mut cuts: Vec<usize> = cuts.into_iter().map(|cut| cut.min(bytes.len())).collect();
            cuts.sort_unstable();
            let mut frames = Vec::new();
            let mut from = 0;
            for cut in cuts {
                frames.push(frame(if frames.is_empty() { 0x01 } else { 0x00 }, &bytes[from..cut]));
                from = cut;
            }
            frames.push(frame(if frames.is_empty() { 0x81 } else { 0x80 }, &bytes[from..]));
            prop_assert_eq!(all(&frames), Ok(vec![Message::Text(text)]));
        }
    }
}
