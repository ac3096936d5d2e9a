//! Boxes and arrows: Mermaid's `flowchart` with `A["words"]`, `A("words")`, `A[("words")]`, `-->`,
//! `-.->` and `-->|words|`, and its `stateDiagram-v2` with `A --> B: words` and `[*]`.

use super::error::DiagramError;
use super::layers::{Direction, Link, Size, place};
use super::picture::{Picture, Point, lines_of, text_height, text_width};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Shape {
    Box,
    Round,
    /// A place where data is kept: a database, a file.
    Store,
    Start,
}

struct Node {
    id: String,
    lines: Vec<String>,
    shape: Shape,
}

struct Edge {
    from: usize,
    to: usize,
    lines: Vec<String>,
    is_dashed: bool,
}

#[derive(Default)]
struct Graph {
    nodes: Vec<Node>,
    edges: Vec<Edge>,
}

pub(super) fn draw(lines: &[&str], direction: Direction) -> Result<Picture, DiagramError> {
    let mut graph = Graph::default();
    for line in lines {
        graph.read(line).ok_or_else(|| DiagramError::Line((*line).to_owned()))?;
    }
    Ok(graph.picture(direction))
}

/// The arrows, the longer first: no earlier one contains a later one.
const ARROWS: [(&str, bool); 2] = [("-.->", true), ("-->", false)];

impl Graph {
    fn read(&mut self, line: &str) -> Option<()> {
        let Some((arrow, is_dashed)) = ARROWS.into_iter().find(|(arrow, _)| line.contains(arrow))
        else {
            self.node(line)?;
            return Some(());
        };
        let (from, rest) = line.split_once(arrow)?;
        let (to, label) = match rest.trim_start().strip_prefix('|') {
            Some(labelled) => {
                let (label, to) = labelled.split_once('|')?;
                (to, label)
            }
            None => match rest.split_once(": ") {
                Some((to, label)) if !rest.contains('"') => (to, label),
                _ => (rest, ""),
            },
        };
        let (from, to) = (self.node(from)?, self.node(to)?);
        let lines = if label.is_empty() { Vec::new() } else { lines_of(label.trim_matches('"')) };
        self.edges.push(Edge { from, to, lines, is_dashed });
        Some(())
    }

    /// The box of this name, added if it is not there yet.
    fn node(&mut self, text: &str) -> Option<usize> {
        let text = text.trim();
        if text == "[*]" {
            return Some(self.add("[*]", "", Shape::Start));
        }
        let end = text.find(|letter: char| !letter.is_alphanumeric() && letter != '_');
        let (id, rest) = text.split_at(end.unwrap_or(text.len()));
        if id.is_empty() {
            return None;
        }
        if rest.is_empty() {
            return Some(self.add(id, id, Shape::Box));
        }
        let shapes = [("[(", ")]", Shape::Store), ("[", "]", Shape::Box), ("(", ")", Shape::Round)];
        let (label, shape) = shapes.into_iter().find_map(|(open, close, shape)| {
            Some((rest.strip_prefix(open)?.strip_suffix(close)?, shape))
        })?;
        let at = self.add(id, id, shape);
        self.nodes[at].lines = lines_of(label.trim_matches('"'));
        self.nodes[at].shape = shape;
        Some(at)
    }

    fn add(&mut self, id: &str, label: &str, shape: Shape) -> usize {
        if let Some(at) = self.nodes.iter().position(|node| node.id == id) {
            return at;
        }
        self.nodes.push(Node { id: id.to_owned(), lines: lines_of(label), shape });
        self.nodes.len() - 1
    }

    fn picture(&self, direction: Direction) -> Picture {
        let turn = |width: f64, height: f64| match direction {
            Direction::Down => Size { across: width, along: height },
            Direction::Right => Size { across: height, along: width },
        };
        let sizes: Vec<(f64, f64)> = self.nodes.iter().map(Node::size).collect();
        let boxes: Vec<Size> = sizes.iter().map(|&(width, height)| turn(width, height)).collect();
        let links: Vec<Link> = self
            .edges
            .iter()
            .map(|edge| {
                let lines = &edge.lines;
                let label =
                    (!lines.is_empty()).then(|| turn(text_width(lines) + 8.0, text_height(lines)));
                Link { from: edge.from, to: edge.to, label }
            })
            .collect();
        let places = place(&boxes, &links, direction);
        let mut picture = Picture::default();
        for (edge, way) in self.edges.iter().zip(&places.ways) {
            let mut points = vec![places.boxes[edge.from]];
            points.extend(way);
            points.push(places.boxes[edge.to]);
            let last = points.len() - 1;
            points[0] = border(points[0], sizes[edge.from], points[1], direction);
            points[last] = border(points[last], sizes[edge.to], points[last - 1], direction);
            let class = if edge.is_dashed { "edge dashed" } else { "edge" };
            picture.path(class, &curve(&points, direction), &points);
            let end = points[last];
            let before = match direction {
                Direction::Down => Point { x: end.x, y: points[last - 1].y },
                Direction::Right => Point { x: points[last - 1].x, y: end.y },
            };
            picture.arrow_head(before, end);
        }
        for (edge, label) in self.edges.iter().zip(&places.labels) {
            let Some(middle) = label else { continue };
            let (width, height) = (text_width(&edge.lines) + 4.0, text_height(&edge.lines));
            let at = Point { x: middle.x - width / 2.0, y: middle.y - height / 2.0 };
            picture.rect("behind", at, width, height, 3.0);
            picture.words("label", *middle, &edge.lines);
        }
        for (node, (middle, size)) in self.nodes.iter().zip(places.boxes.iter().zip(&sizes)) {
            node.draw(&mut picture, *middle, *size);
        }
        picture
    }
}

impl Node {
    fn size(&self) -> (f64, f64) {
        match self.shape {
            Shape::Start => (16.0, 16.0),
            Shape::Store => (text_width(&self.lines) + 26.0, text_height(&self.lines) + 28.0),
            _ => (text_width(&self.lines) + 26.0, text_height(&self.lines) + 16.0),
        }
    }

    fn draw(&self, picture: &mut Picture, middle: Point, (width, height): (f64, f64)) {
        let (left, top) = (middle.x - width / 2.0, middle.y - height / 2.0);
        let at = Point { x: left, y: top };
        match self.shape {
            Shape::Start => return picture.rect("start", at, width, height, 8.0),
            Shape::Box => picture.rect("node", at, width, height, 8.0),
            Shape::Round => picture.rect("node round", at, width, height, height / 2.0),
            Shape::Store => {
                let (right, half) = (left + width, width / 2.0);
                let path = format!(
                    "M{left:.1} {y:.1}a{half:.1} 6 0 0 1 {width:.1} 0v{side:.1}a{half:.1} 6 0 0 1 -{width:.1} 0zM{left:.1} {y:.1}a{half:.1} 6 0 0 0 {width:.1} 0",
                    y = top + 6.0,
                    side = height - 12.0,
                );
                picture.path("node store", &path, &[Point { x: right, y: top + height }]);
            }
        }
        let lower = if self.shape == Shape::Store { 5.0 } else { 0.0 };
        picture.words("label", Point { x: middle.x, y: middle.y + lower }, &self.lines);
    }
}

/// Where a line that comes from `other` meets the box.
fn border(middle: Point, (width, height): (f64, f64), other: Point, direction: Direction) -> Point {
    match direction {
        Direction::Down => {
            let side = if other.y < middle.y { -1.0 } else { 1.0 };
            let reach = width / 2.0 - 10.0;
            // Shifted towards the other box, so that two lines do not meet in one point.
            let lean = ((other.x - middle.x) * 0.35).clamp(-reach.max(0.0), reach.max(0.0));
            Point { x: middle.x + lean, y: middle.y + side * height / 2.0 }
        }
        Direction::Right => {
            let side = if other.x < middle.x { -1.0 } else { 1.0 };
            let reach = height / 2.0 - 8.0;
            let lean = ((other.y - middle.y) * 0.35).clamp(-reach.max(0.0), reach.max(0.0));
            Point { x: middle.x + side * width / 2.0, y: middle.y + lean }
        }
    }
}

/// Through all points, leaving and reaching each along the direction of the graph.
fn curve(points: &[Point], direction: Direction) -> String {
    let mut path = format!("M{:.1} {:.1}", points[0].x, points[0].y);
    for pair in points.windows(2) {
        let (from, to) = (pair[0], pair[1]);
        let (first, second) = match direction {
            Direction::Down => {
                let y = f64::midpoint(from.y, to.y);
                (Point { x: from.x, y }, Point { x: to.x, y })
            }
            Direction::Right => {
                let x = f64::midpoint(from.x, to.x);
                (Point { x, y: from.y }, Point { x, y: to.y })
            }
        };
        path.push_str(&format!(
            "C{:.1} {:.1} {:.1} {:.1} {:.1} {:.1}",
            first.x, first.y, second.x, second.y, to.x, to.y
        ));
    }
    path
}
