//! Fares: what a segment costs, and whether it is sold at all.

use crate::{Kurus, Refusal, Segment};

/// The price of one segment of one route.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fare {
    pub segment: Segment,
    pub price: Kurus,
    /// `false` takes the segment off sale.
    pub is_sold: bool,
}

/// A segment without a fare of its own is sold at the route's price (contract.md, "Search hit").
pub fn price_of(fares: &[Fare], route_price: Kurus, segment: Segment) -> Result<Kurus, Refusal> {
    match fares.iter().find(|fare| fare.segment == segment) {
        Some(fare) if fare.is_sold => Ok(fare.price),
        Some(_) => Err(Refusal::SegmentNotSold),
        None => Ok(route_price),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::StopIndex;

    #[test]
    fn own_fare_then_route_price_unless_not_sold() {
        let segment = |from, to| {
            Segment::new(StopIndex::new(from).unwrap(), StopIndex::new(to).unwrap()).unwrap()
        };
        let lira = Kurus::from_lira;
        let fares = [
            Fare { segment: segment(0, 1), price: lira(40), is_sold: true },
            Fare { segment: segment(1, 2), price: lira(50), is_sold: false },
        ];
        assert_eq!(price_of(&fares, lira(90), segment(0, 1)), Ok(lira(40)));
        assert_eq!(price_of(&fares, lira(90), segment(1, 2)), Err(Refusal::SegmentNotSold));
        assert_eq!(price_of(&fares, lira(90), segment(0, 2)), Ok(lira(90)));
    }
}
