//! Diagrams: text that GitHub draws too (a small part of Mermaid), drawn here without a script.
//!
//! Anything beyond that part is refused with its line: a diagram is drawn whole or the page is not
//! made. Every diagram says in words what it shows (`accTitle`), for readers who cannot see it.

mod error;
mod flow;
mod layers;
mod picture;
mod sequence;

pub(crate) use error::DiagramError;

/// Mermaid's text as an inline SVG.
///
/// # Errors
/// What cannot be drawn.
pub(crate) fn draw(text: &str) -> Result<String, DiagramError> {
    let mut lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
    let kind = lines.next().unwrap_or_default();
    let mut title = None;
    let mut rest = Vec::new();
    for line in lines {
        match line.strip_prefix("accTitle:") {
            Some(words) => title = Some(words.trim().to_owned()),
            None => rest.push(line),
        }
    }
    let title = title.ok_or(DiagramError::NoTitle)?;
    let picture = match kind {
        "sequenceDiagram" => sequence::draw(&rest)?,
        "flowchart LR" => flow::draw(&rest, layers::Direction::Right)?,
        "flowchart TD" | "stateDiagram-v2" => flow::draw(&rest, layers::Direction::Down)?,
        other => return Err(DiagramError::Kind(other.to_owned())),
    };
    Ok(picture.svg(&title))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_understood_is_refused() {
        let cases = [
            ("pie\naccTitle: a", DiagramError::Kind("pie".to_owned())),
            ("flowchart LR\nA --> B", DiagramError::NoTitle),
            ("flowchart LR\naccTitle: a\nA ==> B", DiagramError::Line("A ==> B".to_owned())),
            ("sequenceDiagram\naccTitle: a\nA->>B: c", DiagramError::Unknown("A".to_owned())),
        ];
        for (text, expected) in cases {
            assert_eq!(draw(text).unwrap_err(), expected);
        }
    }

    #[test]
    fn a_diagram_carries_its_words_and_no_style_of_its_own() {
        let svg =
            draw("flowchart LR\naccTitle: a < b\nA[\"one<br>two\"] -->|three| B[(four)]").unwrap();
        for words in ["a &lt; b", ">one<", ">two<", ">three<", ">four<"] {
            assert!(svg.contains(words), "{words} is missing in {svg}");
        }
        // The pages' Content-Security-Policy allows no style outside the sheet.
        assert!(!svg.contains("style"), "{svg}");
    }
}
