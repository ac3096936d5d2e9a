//! Messages between participants, from top to bottom: Mermaid's `sequenceDiagram` with
//! `participant`, `A->>B: words` (`-->>`: dashed), `Note over A,B: words`, and `alt`/`opt`/`loop`,
//! `else`, `end`.

use super::error::DiagramError;
use super::picture::{LINE_HEIGHT, Picture, Point, lines_of, text_height, text_width};

const BOX_HEIGHT: f64 = 34.0;
const GAP: f64 = 28.0;
const STEP_GAP: f64 = 16.0;
/// How far a message to the same participant goes out.
const LOOP_WIDTH: f64 = 34.0;

enum Step {
    Message { from: usize, to: usize, is_dashed: bool, lines: Vec<String> },
    Note { from: usize, to: usize, lines: Vec<String> },
    Open(Vec<String>),
    Else(Vec<String>),
    Close,
}

#[derive(Default)]
struct Story {
    ids: Vec<String>,
    names: Vec<String>,
    steps: Vec<Step>,
}

pub(super) fn draw(lines: &[&str]) -> Result<Picture, DiagramError> {
    let mut story = Story::default();
    for line in lines {
        story.read(line)?;
    }
    Ok(story.picture())
}

impl Story {
    fn read(&mut self, line: &str) -> Result<(), DiagramError> {
        let unreadable = || DiagramError::Line(line.to_owned());
        let (word, rest) = line.split_once(' ').unwrap_or((line, ""));
        match word {
            "participant" | "actor" => {
                let (id, name) = rest.split_once(" as ").unwrap_or((rest, rest));
                self.ids.push(id.trim().to_owned());
                self.names.push(name.trim().to_owned());
            }
            "Note" => {
                let rest = rest.strip_prefix("over ").ok_or_else(unreadable)?;
                let (who, words) = rest.split_once(':').ok_or_else(unreadable)?;
                let (from, to) = who.split_once(',').unwrap_or((who, who));
                let (from, to) = (self.find(from)?, self.find(to)?);
                self.steps.push(Step::Note { from, to, lines: lines_of(words) });
            }
            "alt" | "opt" | "loop" => self.steps.push(Step::Open(lines_of(rest))),
            "else" => self.steps.push(Step::Else(lines_of(rest))),
            "end" => self.steps.push(Step::Close),
            _ => {
                let (who, words) = line.split_once(':').ok_or_else(unreadable)?;
                let (from, to, is_dashed) = match who.split_once("-->>") {
                    Some((from, to)) => (from, to, true),
                    None => {
                        let (from, to) = who.split_once("->>").ok_or_else(unreadable)?;
                        (from, to, false)
                    }
                };
                let (from, to) = (self.find(from)?, self.find(to)?);
                self.steps.push(Step::Message { from, to, is_dashed, lines: lines_of(words) });
            }
        }
        Ok(())
    }

    fn find(&self, id: &str) -> Result<usize, DiagramError> {
        let id = id.trim();
        self.ids
            .iter()
            .position(|known| known == id)
            .ok_or_else(|| DiagramError::Unknown(id.to_owned()))
    }

    /// Where each participant's line is: as near to each other as names and words allow.
    fn columns(&self) -> Vec<f64> {
        let widths: Vec<f64> = self.names.iter().map(|name| box_width(name)).collect();
        let mut columns: Vec<f64> = Vec::new();
        for at in 0..widths.len() {
            let mut x = match at.checked_sub(1) {
                None => widths[0] / 2.0,
                Some(before) => columns[before] + (widths[before] + widths[at]) / 2.0 + GAP,
            };
            for step in &self.steps {
                let (from, to, width) = match step {
                    Step::Message { from, to, lines, .. } => (*from, *to, text_width(lines) + 24.0),
                    // Words beside a line of one's own need room up to the next one.
                    Step::Note { from, to, lines } if from != to => {
                        (*from, *to, text_width(lines) - 20.0)
                    }
                    _ => continue,
                };
                let (left, right) = (from.min(to), from.max(to));
                if left == right && left + 1 == at {
                    x = x.max(columns[left] + LOOP_WIDTH + width);
                } else if right == at && left < right {
                    x = x.max(columns[left] + width);
                }
            }
            columns.push(x);
        }
        columns
    }

    fn picture(&self) -> Picture {
        let columns = self.columns();
        let mut picture = Picture::default();
        let left = -4.0;
        let right = columns.last().copied().unwrap_or(0.0)
            + self.names.last().map_or(0.0, |name| box_width(name)) / 2.0
            + 4.0;
        let bottom = self.steps(&mut Picture::default(), &columns, left, right);
        for (x, name) in columns.iter().zip(&self.names) {
            let line = format!("M{x:.1} {BOX_HEIGHT}V{bottom:.1}");
            picture.path("lifeline", &line, &[Point { x: *x, y: bottom }]);
            let width = box_width(name);
            let at = Point { x: x - width / 2.0, y: 0.0 };
            picture.rect("node", at, width, BOX_HEIGHT, 8.0);
            picture.words(
                "label",
                Point { x: *x, y: BOX_HEIGHT / 2.0 },
                std::slice::from_ref(name),
            );
        }
        self.steps(&mut picture, &columns, left, right);
        picture
    }

    /// Draws every step below the one before; returns where the last ends.
    fn steps(&self, picture: &mut Picture, columns: &[f64], left: f64, right: f64) -> f64 {
        let mut y = BOX_HEIGHT + STEP_GAP;
        let mut open = Vec::new();
        for step in &self.steps {
            match step {
                Step::Message { from, to, is_dashed, lines } => {
                    let class = if *is_dashed { "edge dashed" } else { "edge" };
                    let (start, end) = (columns[*from], columns[*to]);
                    let height = text_height(lines);
                    if from == to {
                        let middle = start + LOOP_WIDTH + 6.0 + text_width(lines) / 2.0;
                        picture.words("label", Point { x: middle, y: y + height / 2.0 }, lines);
                        let out = start + LOOP_WIDTH;
                        let below = y + height.max(LINE_HEIGHT);
                        let path = format!("M{start:.1} {y:.1}H{out:.1}V{below:.1}H{start:.1}");
                        picture.path(class, &path, &[Point { x: out, y: below }]);
                        picture
                            .arrow_head(Point { x: out, y: below }, Point { x: start, y: below });
                        y = below + STEP_GAP;
                        continue;
                    }
                    let middle = Point { x: (start + end) / 2.0, y: y + height / 2.0 };
                    picture.words("label", middle, lines);
                    y += height + 4.0;
                    let (tail, head) = (Point { x: start, y }, Point { x: end, y });
                    picture.path(class, &format!("M{start:.1} {y:.1}H{end:.1}"), &[tail, head]);
                    picture.arrow_head(tail, head);
                    y += STEP_GAP;
                }
                Step::Note { from, to, lines } => {
                    let (first, last) = (columns[*from.min(to)], columns[*from.max(to)]);
                    let width = (last - first + 40.0).max(text_width(lines) + 20.0);
                    let middle = (first + last) / 2.0;
                    let height = text_height(lines) + 10.0;
                    picture.rect("note", Point { x: middle - width / 2.0, y }, width, height, 4.0);
                    picture.words("label", Point { x: middle, y: y + height / 2.0 }, lines);
                    y += height + STEP_GAP;
                }
                Step::Open(lines) => {
                    open.push(y);
                    y = Self::heading(picture, left, y, lines);
                }
                Step::Else(lines) => {
                    let path = format!("M{left:.1} {y:.1}H{right:.1}");
                    picture.path("divider", &path, &[]);
                    y = Self::heading(picture, left, y, lines);
                }
                Step::Close => {
                    let top = open.pop().unwrap_or(y);
                    picture.rect("frame", Point { x: left, y: top }, right - left, y - top, 6.0);
                    y += STEP_GAP;
                }
            }
        }
        y
    }

    fn heading(picture: &mut Picture, left: f64, y: f64, lines: &[String]) -> f64 {
        let middle = left + 10.0 + text_width(lines) / 2.0;
        picture.words("condition", Point { x: middle, y: y + 4.0 + LINE_HEIGHT / 2.0 }, lines);
        y + LINE_HEIGHT + 12.0
    }
}

fn box_width(name: &str) -> f64 {
    text_width(&[name.to_owned()]) + 24.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_have_room_between_the_lines_of_those_who_speak() {
        let mut story = Story::default();
        for line in ["participant A", "participant B", "A->>B: twenty letters there"] {
            story.read(line).unwrap();
        }
        let columns = story.columns();
        assert!(
            columns[1] - columns[0] > 20.0 * super::super::picture::LETTER_WIDTH,
            "{columns:?}"
        );
    }
}
