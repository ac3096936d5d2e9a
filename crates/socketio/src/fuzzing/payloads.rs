//! Polling bodies: a list of packets, written again, is read as the same list.

use crate::encode::{binary_frame, text_frame};
use crate::engine_packet::{Part, SEPARATOR, parse, split};
use crate::polling;

/// The body of a POST.
pub fn payloads(data: &[u8]) {
    let Ok(body) = std::str::from_utf8(data) else { return };
    let Ok(parts) = split(body).collect::<Result<Vec<_>, _>>() else { return };
    assert_eq!(parts.len(), body.matches(SEPARATOR).count() + 1);
    for part in &parts {
        match part {
            Part::Text(text) => {
                if let Some((_, data)) = parse(text) {
                    assert_eq!(data.len() + 1, text.len());
                }
            }
            Part::Binary(bytes) => assert!(bytes.len() <= data.len(), "more than was sent"),
        }
    }
    if parts.contains(&Part::Text("")) {
        // No packet, and nothing that is ever sent.
        return;
    }
    let frames: Vec<_> = parts
        .iter()
        .map(|part| match part {
            Part::Text(text) => text_frame(text),
            Part::Binary(bytes) => binary_frame(bytes),
        })
        .collect();
    let written = polling::encode(&frames);
    assert_eq!(split(&written).collect::<Result<Vec<_>, _>>(), Ok(parts), "{written}");
}
