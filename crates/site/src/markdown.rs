//! Markdown as all parts of the site read it.

use pulldown_cmark::{Event, Options, Parser};

pub(crate) fn parser(markdown: &str) -> Parser<'_> {
    Parser::new_ext(markdown, Options::ENABLE_TABLES | Options::ENABLE_STRIKETHROUGH)
}

/// The words of a heading, without its markup.
pub(crate) fn text_of(events: &[Event<'_>]) -> String {
    let mut words = String::new();
    for event in events {
        match event {
            Event::Text(piece) | Event::Code(piece) => words.push_str(piece),
            Event::SoftBreak | Event::HardBreak => words.push(' '),
            _ => {}
        }
    }
    words
}
