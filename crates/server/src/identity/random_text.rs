//! A secret that is drawn at random and sent as text: too long to be guessed.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use booking::{NoRandomness, Source};

const RANDOM_BYTES: usize = 24;

pub(super) fn draw(source: &Source) -> Result<String, NoRandomness> {
    let mut random = [0; RANDOM_BYTES];
    source.fill(&mut random)?;
    Ok(URL_SAFE_NO_PAD.encode(random))
}
