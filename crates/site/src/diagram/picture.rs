//! Boxes, lines and words as one inline SVG. The sheet has their look, by their class.

use crate::escape::escaped;

/// The width of one letter of the diagrams' font, rather too large: no browser is asked while the
/// pages are made.
pub(super) const LETTER_WIDTH: f64 = 6.9;
pub(super) const LINE_HEIGHT: f64 = 18.0;
/// From the top of a line to where its letters stand.
const BASELINE: f64 = 13.5;
const MARGIN: f64 = 12.0;

#[derive(Debug, Default)]
pub(super) struct Picture {
    shapes: String,
    width: f64,
    height: f64,
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Point {
    pub(super) x: f64,
    pub(super) y: f64,
}

pub(super) fn text_width(lines: &[String]) -> f64 {
    let letters = lines.iter().map(|line| line.chars().count()).max().unwrap_or(0);
    f64::from(u32::try_from(letters).unwrap_or(u32::MAX)) * LETTER_WIDTH
}

pub(super) fn text_height(lines: &[String]) -> f64 {
    f64::from(u32::try_from(lines.len()).unwrap_or(u32::MAX)) * LINE_HEIGHT
}

/// The lines of a label: `<br>` is Mermaid's.
pub(super) fn lines_of(label: &str) -> Vec<String> {
    label.split("<br>").map(|line| line.trim().to_owned()).collect()
}

impl Picture {
    fn reach(&mut self, x: f64, y: f64) {
        self.width = self.width.max(x);
        self.height = self.height.max(y);
    }

    pub(super) fn rect(&mut self, class: &str, at: Point, width: f64, height: f64, radius: f64) {
        self.reach(at.x + width, at.y + height);
        self.shapes.push_str(&format!(
            "<rect class=\"{class}\" x=\"{:.1}\" y=\"{:.1}\" width=\"{width:.1}\" height=\"{height:.1}\" rx=\"{radius:.1}\"/>",
            at.x, at.y
        ));
    }

    /// Lines of words around a middle.
    pub(super) fn words(&mut self, class: &str, middle: Point, lines: &[String]) {
        let half = text_width(lines) / 2.0;
        let top = middle.y - text_height(lines) / 2.0;
        self.reach(middle.x + half, top + text_height(lines));
        let mut y = top + BASELINE;
        for line in lines {
            self.shapes.push_str(&format!(
                "<text class=\"{class}\" x=\"{:.1}\" y=\"{y:.1}\">{}</text>",
                middle.x,
                escaped(line)
            ));
            y += LINE_HEIGHT;
        }
    }

    /// A line given as SVG writes it; `reaches` are points that must lie inside the picture.
    pub(super) fn path(&mut self, class: &str, path: &str, reaches: &[Point]) {
        for point in reaches {
            self.reach(point.x, point.y);
        }
        self.shapes.push_str(&format!("<path class=\"{class}\" d=\"{path}\"/>"));
    }

    /// The head of an arrow that comes along `from` and ends at `to`.
    pub(super) fn arrow_head(&mut self, from: Point, to: Point) {
        let (dx, dy) = (to.x - from.x, to.y - from.y);
        let length = dx.hypot(dy).max(0.1);
        let (ux, uy) = (dx / length, dy / length);
        let (back_x, back_y) = (to.x - ux * 8.0, to.y - uy * 8.0);
        let path = format!(
            "M{:.1} {:.1}L{:.1} {:.1}L{:.1} {:.1}Z",
            to.x,
            to.y,
            back_x - uy * 4.0,
            back_y + ux * 4.0,
            back_x + uy * 4.0,
            back_y - ux * 4.0
        );
        self.path("head", &path, &[to]);
    }

    pub(super) fn svg(&self, title: &str) -> String {
        let (width, height) = (self.width + 2.0 * MARGIN, self.height + 2.0 * MARGIN);
        format!(
            "<div class=\"diagram\" tabindex=\"0\"><svg role=\"img\" aria-label=\"{}\" width=\"{width:.0}\" height=\"{height:.0}\" viewBox=\"-{MARGIN} -{MARGIN} {width:.0} {height:.0}\">{}</svg></div>\n",
            escaped(title),
            self.shapes
        )
    }
}
