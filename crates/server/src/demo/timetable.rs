//! The demo company's stations, buses and lines.

use domain::{Kurus, LayoutType, NewFare, RouteKind};

pub(super) const DEMO_STATIONS: [&str; 24] = [
    "Adana",
    "Afyonkarahisar",
    "Aksaray",
    "Ankara",
    "Antalya",
    "Aydın",
    "Balıkesir",
    "Bolu",
    "Bursa",
    "Çanakkale",
    "Denizli",
    "Diyarbakır",
    "Eskişehir",
    "Gaziantep",
    "İstanbul",
    "İzmir",
    "İzmit",
    "Konya",
    "Manisa",
    "Mersin",
    "Muğla",
    "Samsun",
    "Şanlıurfa",
    "Trabzon",
];

pub(super) struct DemoBus {
    pub(super) plate: &'static str,
    pub(super) brand: &'static str,
    pub(super) model: &'static str,
    pub(super) year: u16,
    pub(super) seat_count: u16,
    pub(super) layout: LayoutType,
    pub(super) features: &'static [&'static str],
}

pub(super) const DEMO_BUSES: [DemoBus; 5] = [
    DemoBus {
        plate: "34 SW 101",
        brand: "Mercedes-Benz",
        model: "Travego 16 SHD",
        year: 2023,
        seat_count: 40,
        layout: LayoutType::TwoOne,
        features: &["Hot drinks", "Power socket", "Reclining seats"],
    },
    DemoBus {
        plate: "06 SW 202",
        brand: "Neoplan",
        model: "Tourliner",
        year: 2021,
        seat_count: 46,
        layout: LayoutType::TwoTwo,
        features: &["Hot drinks", "Power socket"],
    },
    DemoBus {
        plate: "35 SW 303",
        brand: "MAN",
        model: "Lion's Coach",
        year: 2024,
        seat_count: 37,
        layout: LayoutType::OneTwo,
        features: &["Hot drinks", "Power socket", "Wide seats"],
    },
    DemoBus {
        plate: "07 SW 404",
        brand: "Temsa",
        model: "Maraton",
        year: 2022,
        seat_count: 38,
        layout: LayoutType::TwoOne,
        features: &["Hot drinks", "Power socket"],
    },
    DemoBus {
        plate: "07 SW 505",
        brand: "Otokar",
        model: "Territo U",
        year: 2023,
        seat_count: 41,
        layout: LayoutType::TwoOne,
        features: &["Hot drinks", "Power socket"],
    },
];

/// One daily departure. Times are local.
pub(super) struct Line {
    pub(super) plate: &'static str,
    pub(super) hour: i8,
    pub(super) minute: i8,
    /// Stops, with the minutes from the first.
    pub(super) stops: &'static [(&'static str, i64)],
    pub(super) price_lira: u32,
    /// Fares of segments: from, to, TRY; `None`: the segment is not sold.
    segment_fares: &'static [(&'static str, &'static str, Option<u32>)],
    pub(super) rest_stops: &'static [&'static str],
    pub(super) kind: RouteKind,
}

impl Line {
    pub(super) fn fares(&self) -> Vec<NewFare> {
        let fare = |&(from, to, lira): &(&str, &str, Option<u32>)| NewFare {
            from_city: from.to_owned(),
            to_city: to.to_owned(),
            price: Kurus::from_lira(lira.unwrap_or(self.price_lira)),
            is_sold: lira.is_some(),
        };
        self.segment_fares.iter().map(fare).collect()
    }
}

const ISTANBUL_ANKARA: &[(&str, i64)] =
    &[("İstanbul", 0), ("İzmit", 90), ("Bolu", 200), ("Ankara", 360)];
const ISTANBUL_ANKARA_FARES: &[(&str, &str, Option<u32>)] = &[
    ("İstanbul", "İzmit", Some(250)),
    ("İstanbul", "Bolu", Some(450)),
    ("İzmit", "Bolu", None),
    ("İzmit", "Ankara", Some(600)),
    ("Bolu", "Ankara", Some(400)),
];
const ANKARA_ISTANBUL: &[(&str, i64)] =
    &[("Ankara", 0), ("Bolu", 160), ("İzmit", 270), ("İstanbul", 360)];
const ISTANBUL_IZMIR: &[(&str, i64)] =
    &[("İstanbul", 0), ("Bursa", 150), ("Balıkesir", 270), ("Manisa", 390), ("İzmir", 440)];
const IZMIR_ISTANBUL: &[(&str, i64)] =
    &[("İzmir", 0), ("Manisa", 50), ("Balıkesir", 170), ("Bursa", 290), ("İstanbul", 440)];
const ANKARA_ANTALYA: &[(&str, i64)] = &[("Ankara", 0), ("Afyonkarahisar", 200), ("Antalya", 450)];
const ANTALYA_ANKARA: &[(&str, i64)] = &[("Antalya", 0), ("Afyonkarahisar", 250), ("Ankara", 450)];

const fn line(
    plate: &'static str,
    (hour, minute): (i8, i8),
    stops: &'static [(&'static str, i64)],
    price_lira: u32,
    kind: RouteKind,
) -> Line {
    Line { plate, hour, minute, stops, price_lira, segment_fares: &[], rest_stops: &[], kind }
}

pub(super) static DEMO_LINES: [Line; 10] = [
    Line {
        segment_fares: ISTANBUL_ANKARA_FARES,
        rest_stops: &["Bolu Dağı Tesisleri"],
        ..line("34 SW 101", (9, 0), ISTANBUL_ANKARA, 750, RouteKind::Standard)
    },
    line("34 SW 101", (18, 30), ANKARA_ISTANBUL, 750, RouteKind::Standard),
    Line {
        segment_fares: ISTANBUL_ANKARA_FARES,
        ..line("35 SW 303", (14, 0), ISTANBUL_ANKARA, 950, RouteKind::Vip)
    },
    line("35 SW 303", (23, 30), ANKARA_ISTANBUL, 950, RouteKind::Vip),
    Line {
        segment_fares: ISTANBUL_ANKARA_FARES,
        ..line("06 SW 202", (0, 30), ISTANBUL_ANKARA, 650, RouteKind::Express)
    },
    line("06 SW 202", (10, 30), ANKARA_ISTANBUL, 650, RouteKind::Express),
    line("07 SW 404", (8, 15), ISTANBUL_IZMIR, 850, RouteKind::Standard),
    line("07 SW 404", (20, 45), IZMIR_ISTANBUL, 850, RouteKind::Standard),
    line("07 SW 505", (19, 0), ANKARA_ANTALYA, 800, RouteKind::Standard),
    line("07 SW 505", (4, 30), ANTALYA_ANKARA, 800, RouteKind::Luxury),
];

#[cfg(test)]
mod tests {
    use super::*;

    const DAY_MINUTES: i64 = 24 * 60;

    /// Each line runs every day, also past midnight.
    #[test]
    fn no_bus_is_on_two_lines_at_once() {
        let on_the_way = |line: &'static Line| {
            let start = i64::from(line.hour) * 60 + i64::from(line.minute);
            let length = line.stops.last().map_or(0, |(_, minutes)| *minutes);
            (0..3).map(move |day| day * DAY_MINUTES + start).map(move |at| (at, at + length))
        };
        for bus in &DEMO_BUSES {
            let lines = || DEMO_LINES.iter().filter(|line| line.plate == bus.plate);
            let mut times: Vec<_> = lines().flat_map(on_the_way).collect();
            assert!(times.len() > 3, "{} stands still", bus.plate);
            times.sort_unstable();
            let overlap = times.windows(2).find(|pair| pair[0].1 > pair[1].0);
            assert_eq!(overlap, None, "{}", bus.plate);
        }
        let known = |line: &&Line| DEMO_BUSES.iter().any(|bus| bus.plate == line.plate);
        assert_eq!(DEMO_LINES.iter().filter(known).count(), DEMO_LINES.len());
    }
}
