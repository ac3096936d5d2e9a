//! The comparison as a picture: an SVG of bars, a panel for each question that all servers were
//! asked.

use plotters::prelude::*;
use plotters::style::text_anchor::{HPos, Pos, VPos};

use crate::figure::{Figure, Row};

/// Panels, row by row: caption, command, figure.
const PANELS: [(&str, &str, &str); 4] = [
    ("Memory with 10,000 viewers (less is better)", "viewers", "10,000"),
    ("One event: the last of 10,000 knows (less is better)", "fanout", "last"),
    ("A burst: deliveries a second (more is better)", "burst", "deliveries"),
    ("10,000 connect and subscribe (less is better)", "storm", "all there"),
];

const SIZE: (u32, u32) = (1_080, 560);
const FONT: &str = "sans-serif";
const OURS: RGBColor = RGBColor(0x0b, 0x6e, 0x4f);
const FLOOR: RGBColor = RGBColor(0x9a, 0xa5, 0xb1);
const THEIRS: RGBColor = RGBColor(0xc9, 0x7b, 0x3d);

/// The text of an SVG file.
pub(crate) fn svg(rows: &[Row]) -> anyhow::Result<String> {
    let mut text = String::new();
    {
        let root = SVGBackend::with_string(&mut text, SIZE).into_drawing_area();
        let failed = |error| anyhow::anyhow!("the plot cannot be drawn: {error}");
        root.fill(&WHITE).map_err(|error| anyhow::anyhow!("{error}"))?;
        for (area, panel) in root.split_evenly((2, 2)).iter().zip(PANELS) {
            let bars: Vec<(&str, &Figure)> = rows
                .iter()
                .filter(|row| row.command == panel.1)
                .filter_map(|row| {
                    let figure = row.figures.iter().find(|figure| figure.name == panel.2)?;
                    Some((row.server, figure))
                })
                .collect();
            draw(area, panel.0, &bars).map_err(failed)?;
        }
        root.present().map_err(|error| anyhow::anyhow!("{error}"))?;
    }
    Ok(text)
}

type Drawn = Result<(), String>;

fn draw<B: DrawingBackend>(
    area: &DrawingArea<B, plotters::coord::Shift>,
    caption: &str,
    bars: &[(&str, &Figure)],
) -> Drawn {
    let most = bars.iter().map(|(_, figure)| figure.value).fold(f64::MIN_POSITIVE, f64::max);
    let count = crate::figure::float(bars.len().max(1));
    let told = |error: DrawingAreaErrorKind<B::ErrorType>| error.to_string();
    let mut chart = ChartBuilder::on(area)
        .margin(14)
        .caption(caption, (FONT, 17))
        // Room for names on the left and for figures behind the longest bar.
        .build_cartesian_2d(-0.42 * most..1.25 * most, 0.0..count)
        .map_err(told)?;
    for (index, (server, figure)) in bars.iter().enumerate() {
        let top = count - crate::figure::float(index) - 0.15;
        let bottom = top - 0.7;
        let colour = match *server {
            "Seatwire" => OURS,
            "floor" | "floor, batched" => FLOOR,
            _ => THEIRS,
        };
        let bar = Rectangle::new([(0.0, bottom), (figure.value, top)], colour.filled());
        let middle = (top + bottom) / 2.0;
        let style = |side| (FONT, 14).into_font().color(&BLACK).pos(Pos::new(side, VPos::Center));
        let name = Text::new((*server).to_owned(), (-0.02 * most, middle), style(HPos::Right));
        let value =
            Text::new(figure.shown(), (figure.value + 0.02 * most, middle), style(HPos::Left));
        chart.draw_series(std::iter::once(bar)).map_err(told)?;
        chart.draw_series([name, value]).map_err(told)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::svg;
    use crate::figure::{Row, Unit};

    #[test]
    fn every_server_has_a_bar_with_its_figure() {
        let mut ours = Row::new("fanout", "Seatwire");
        ours.add("last", 70.25, Unit::Millis);
        let mut floor = Row::new("fanout", "floor");
        floor.add("last", 66.0, Unit::Millis);
        let picture = svg(&[floor, ours]).unwrap();
        for text in ["Seatwire", "floor", "70.2 ms", "66.0 ms", "One event"] {
            assert!(picture.contains(text), "{text} is not in\n{picture}");
        }
    }
}
