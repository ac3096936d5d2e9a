//! Where the boxes of a graph stand: in layers, each edge from an earlier layer to a later one, as
//! straight as the order allows (Sugiyama's way, small).
//!
//! A long edge, and a label, is a box of its own in each layer between, so that nothing is drawn
//! over anything. Everything is computed from top to bottom; `Right` turns it at the end.

use super::picture::Point;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Direction {
    Down,
    Right,
}

const LAYER_GAP: f64 = 26.0;
const BOX_GAP: f64 = 22.0;
/// In graphs of a page's size, more sweeps change nothing.
const SWEEPS: usize = 24;

/// A box across (in the layer) and along (from layer to layer).
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Size {
    pub(super) across: f64,
    pub(super) along: f64,
}

pub(super) struct Link {
    pub(super) from: usize,
    pub(super) to: usize,
    /// The room for its words.
    pub(super) label: Option<Size>,
}

/// The middles of all boxes; for each link the points that it passes between its ends, and which of
/// them has its label.
pub(super) struct Places {
    pub(super) boxes: Vec<Point>,
    pub(super) ways: Vec<Vec<Point>>,
    pub(super) labels: Vec<Option<Point>>,
}

struct Layers {
    sizes: Vec<Size>,
    ranks: Vec<usize>,
    /// Pieces of links, each from one layer to the next.
    pieces: Vec<(usize, usize)>,
    layers: Vec<Vec<usize>>,
    across: Vec<f64>,
}

pub(super) fn place(sizes: &[Size], links: &[Link], direction: Direction) -> Places {
    let turned = back_links(sizes.len(), links);
    let ends = |at: usize| {
        let Link { from, to, .. } = links[at];
        if turned[at] { (to, from) } else { (from, to) }
    };
    let ranks = ranks(sizes.len(), &(0..links.len()).map(ends).collect::<Vec<_>>());
    let mut layers = Layers {
        sizes: sizes.to_vec(),
        ranks,
        pieces: Vec::new(),
        layers: Vec::new(),
        across: Vec::new(),
    };
    let mut chains = Vec::new();
    let mut label_boxes = Vec::new();
    for (at, link) in links.iter().enumerate() {
        let (from, to) = ends(at);
        let (mut chain, label) = layers.chain(from, to, link.label);
        if turned[at] {
            chain.reverse();
        }
        chains.push(chain);
        label_boxes.push(label);
    }
    layers.sort();
    layers.spread();
    let along = layers.along();
    let point = |at: usize| {
        let (across, along) = (layers.across[at], along[layers.ranks[at]]);
        match direction {
            Direction::Down => Point { x: across, y: along },
            Direction::Right => Point { x: along, y: across },
        }
    };
    Places {
        boxes: (0..sizes.len()).map(point).collect(),
        ways: chains.iter().map(|chain| chain.iter().map(|&at| point(at)).collect()).collect(),
        labels: label_boxes.into_iter().map(|label| label.map(point)).collect(),
    }
}

/// Which links lead back to an earlier box: they are laid out as if they led forward.
fn back_links(count: usize, links: &[Link]) -> Vec<bool> {
    fn visit(at: usize, links: &[Link], state: &mut [u8], turned: &mut [bool]) {
        state[at] = 1;
        for (number, link) in links.iter().enumerate().filter(|(_, link)| link.from == at) {
            match state[link.to] {
                0 => visit(link.to, links, state, turned),
                1 => turned[number] = true,
                _ => {}
            }
        }
        state[at] = 2;
    }
    let (mut state, mut turned) = (vec![0; count], vec![false; links.len()]);
    for at in 0..count {
        if state[at] == 0 {
            visit(at, links, &mut state, &mut turned);
        }
    }
    turned
}

/// Two layers for each step, so that a label has one of its own.
fn ranks(count: usize, ends: &[(usize, usize)]) -> Vec<usize> {
    let mut ranks = vec![0; count];
    // Without circles nothing moves after as many rounds as there are boxes.
    for _ in 0..count {
        for &(from, to) in ends {
            ranks[to] = ranks[to].max(ranks[from] + 2);
        }
    }
    ranks
}

impl Layers {
    /// The boxes that a link passes between its ends.
    fn chain(
        &mut self,
        from: usize,
        to: usize,
        label: Option<Size>,
    ) -> (Vec<usize>, Option<usize>) {
        let (first, last) = (self.ranks[from] + 1, self.ranks[to]);
        let middle = first + (last - first) / 2;
        let (mut before, mut chain, mut label_box) = (from, Vec::new(), None);
        for rank in first..last {
            let at = self.sizes.len();
            let size = label.filter(|_| rank == middle).unwrap_or_default();
            self.sizes.push(size);
            self.ranks.push(rank);
            if label.is_some() && rank == middle {
                label_box = Some(at);
            }
            self.pieces.push((before, at));
            chain.push(at);
            before = at;
        }
        self.pieces.push((before, to));
        (chain, label_box)
    }

    fn neighbours(&self, at: usize) -> impl Iterator<Item = usize> {
        self.pieces.iter().filter_map(move |&(from, to)| match at {
            _ if from == at => Some(to),
            _ if to == at => Some(from),
            _ => None,
        })
    }

    /// Orders each layer so that few pieces cross: by the mean place of the boxes that a box is
    /// linked to.
    fn sort(&mut self) {
        let depth = self.ranks.iter().max().map_or(0, |rank| rank + 1);
        self.layers = vec![Vec::new(); depth];
        for at in 0..self.sizes.len() {
            self.layers[self.ranks[at]].push(at);
        }
        for sweep in 0..SWEEPS {
            let down = sweep % 2 == 0;
            for step in 1..depth {
                let rank = if down { step } else { depth - 1 - step };
                let other = if down { rank - 1 } else { rank + 1 };
                let places = &self.layers[other];
                let mean = |at: usize, now: usize| {
                    let tied: Vec<f64> = self
                        .neighbours(at)
                        .filter_map(|next| places.iter().position(|&there| there == next))
                        .map(number)
                        .collect();
                    mean(&tied).unwrap_or(number(now))
                };
                let mut keyed: Vec<(f64, usize)> = self.layers[rank]
                    .iter()
                    .enumerate()
                    .map(|(now, &at)| (mean(at, now), at))
                    .collect();
                keyed.sort_by(|a, b| a.0.total_cmp(&b.0));
                self.layers[rank] = keyed.into_iter().map(|(_, at)| at).collect();
            }
        }
    }

    /// Moves every box towards the middle of the boxes that it is linked to, as far as its
    /// neighbours in the layer allow.
    fn spread(&mut self) {
        self.across = vec![0.0; self.sizes.len()];
        for layer in &self.layers {
            for pair in layer.windows(2) {
                self.across[pair[1]] = self.across[pair[0]] + self.distance(pair[0], pair[1]);
            }
        }
        for sweep in 0..SWEEPS * 2 {
            let ranks: Vec<usize> = if sweep % 2 == 0 {
                (0..self.layers.len()).collect()
            } else {
                (0..self.layers.len()).rev().collect()
            };
            for rank in ranks {
                let layer = self.layers[rank].clone();
                let wanted: Vec<f64> = layer
                    .iter()
                    .map(|&at| {
                        let tied: Vec<f64> =
                            self.neighbours(at).map(|next| self.across[next]).collect();
                        mean(&tied).unwrap_or(self.across[at])
                    })
                    .collect();
                let (mut left, mut right) = (wanted.clone(), wanted);
                for at in 1..layer.len() {
                    let least = left[at - 1] + self.distance(layer[at - 1], layer[at]);
                    left[at] = left[at].max(least);
                }
                for at in (1..layer.len()).rev() {
                    let most = right[at] - self.distance(layer[at - 1], layer[at]);
                    right[at - 1] = right[at - 1].min(most);
                }
                for (at, (left, right)) in layer.iter().zip(left.iter().zip(&right)) {
                    self.across[*at] = f64::midpoint(*left, *right);
                }
            }
        }
        let least = (0..self.sizes.len())
            .map(|at| self.across[at] - self.sizes[at].across / 2.0)
            .fold(f64::INFINITY, f64::min);
        for across in &mut self.across {
            *across -= least;
        }
    }

    fn distance(&self, left: usize, right: usize) -> f64 {
        (self.sizes[left].across + self.sizes[right].across) / 2.0 + BOX_GAP
    }

    /// The middle of each layer, from the top.
    fn along(&self) -> Vec<f64> {
        let mut top = 0.0;
        self.layers
            .iter()
            .map(|layer| {
                let tallest = layer.iter().map(|&at| self.sizes[at].along).fold(0.0, f64::max);
                let middle = top + tallest / 2.0;
                top += tallest + LAYER_GAP;
                middle
            })
            .collect()
    }
}

fn mean(numbers: &[f64]) -> Option<f64> {
    (!numbers.is_empty()).then(|| numbers.iter().sum::<f64>() / number(numbers.len()))
}

/// Places and counts in a page's diagram are far too small to be rounded.
fn number(count: usize) -> f64 {
    f64::from(u32::try_from(count).unwrap_or(u32::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn link(from: usize, to: usize) -> Link {
        Link { from, to, label: None }
    }

    #[test]
    fn boxes_of_a_layer_do_not_overlap_and_layers_follow_the_links() {
        let sizes = [Size { across: 80.0, along: 30.0 }; 5];
        let links = [link(0, 1), link(0, 2), link(0, 3), link(1, 4), link(3, 4), link(4, 0)];
        let places = place(&sizes, &links, Direction::Down).boxes;
        assert!(places[0].y < places[1].y && places[1].y < places[4].y, "{places:?}");
        let mut middle: Vec<f64> = places[1..4].iter().map(|point| point.x).collect();
        middle.sort_by(f64::total_cmp);
        for pair in middle.windows(2) {
            assert!(pair[1] - pair[0] >= 80.0, "{places:?}");
        }
    }

    #[test]
    fn a_link_back_is_drawn_from_its_own_beginning() {
        let sizes = [Size { across: 80.0, along: 30.0 }; 2];
        let label = Some(Size { across: 20.0, along: 10.0 });
        let links = [link(0, 1), Link { from: 1, to: 0, label }];
        let places = place(&sizes, &links, Direction::Down);
        assert_eq!(places.ways[1].len(), 1);
        assert_eq!(places.labels[1], Some(places.ways[1][0]));
    }
}
