//! Rows about what can be sold: routes, buses and what they are fitted with, stations.

use super::action::Action;
use super::difference::{
    Described, Difference, Field, UPDATED_AT, difference, made_changed_or_gone, personal, plain,
};
use super::row::Audited;
use super::subject::Subject;
use super::value::Value;
use crate::route::{Crew, Stop};
use crate::{
    Bus, BusDetails, BusFeature, BusSpecs, Fare, Latitude, Longitude, NeighbourRule, Route,
    SeatLayout, Seq, Station,
};

/// At least one of the two is there; so with all below.
pub fn of_route(before: Option<&Route>, after: Option<&Route>) -> Option<Audited> {
    let action = match (before, after) {
        (Some(before), Some(after)) if before.seq > Seq::ZERO && before.stops != after.stops => {
            Action::Delayed
        }
        _ => made_changed_or_gone(before, after),
    };
    let change = difference(action, before.map(route), after.map(route));
    Some(Audited::about(Subject::Route(after.or(before)?.id), change))
}

fn route(route: &Route) -> Described<'_> {
    let Route {
        id: _,
        bus_id,
        // It is the bus's.
        seat_count: _,
        stops,
        // The first delay's row has them.
        sold_times: _,
        rest_stops,
        price,
        fares,
        kind,
        crew,
        is_active,
        neighbour_rule,
        ordinal: _,
        seq: _,
        created_at: _,
        updated_at,
    } = route;
    let Crew { captain, first_driver, second_driver, assistant } = &**crew;
    let stop = |Stop { name, time }: &Stop| format!("{name} {time:.3}");
    let fare = |Fare { segment, price, is_sold }: &Fare| {
        let (from, to) = (segment.from().get(), segment.to().get());
        let price = if *is_sold { price.to_string() } else { "not sold".to_owned() };
        format!("{from}-{to} {price}")
    };
    vec![
        ("busId", plain(bus_id.0)),
        ("stops", plain(stops.iter().map(stop).collect::<Vec<_>>())),
        ("restStops", plain(rest_stops.to_vec())),
        ("price", plain(*price)),
        ("prices", plain(fares.iter().map(fare).collect::<Vec<_>>())),
        ("type", plain(kind.as_str())),
        ("isActive", plain(*is_active)),
        ("neighbourRule", plain(neighbour_rule.map(NeighbourRule::as_str))),
        ("captainName", personal(captain.as_deref())),
        ("firstDriverName", personal(first_driver.as_deref())),
        ("secondDriverName", personal(second_driver.as_deref())),
        ("assistantName", personal(assistant.as_deref())),
        (UPDATED_AT, Field::Version(*updated_at)),
    ]
}

pub fn of_bus(before: Option<&Bus>, after: Option<&Bus>) -> Option<Audited> {
    let action = made_changed_or_gone(before, after);
    let change = difference(action, before.map(bus), after.map(bus));
    Some(Audited::about(Subject::Bus(after.or(before)?.id), change))
}

fn bus(bus: &Bus) -> Described<'_> {
    let Bus { id: _, details, created_at: _, updated_at } = bus;
    let BusDetails {
        plate,
        model,
        seat_count,
        layout_type,
        layout,
        layout_id,
        // The layout's row has it.
        layout_name: _,
        specs,
        features,
        test_lat,
        test_lng,
        bus_phone,
        owner,
        tax_office,
        tax_number,
    } = details;
    let BusSpecs {
        brand,
        year,
        engine_type,
        fuel_type,
        has_ac,
        has_wifi,
        has_toilet,
        has_tv,
        features: named_features,
    } = specs;
    let degrees = |degrees: f64| Value::Digits(degrees.to_string());
    let features = features.iter().map(|feature| feature.id.0).collect();
    vec![
        ("plate", plain(plate.clone())),
        ("model", plain(model.clone())),
        ("seatCount", plain(*seat_count)),
        ("layoutType", plain(layout_type.as_str())),
        ("layout", plain(layout.to_string())),
        ("layoutId", plain(layout_id.map(|id| id.0))),
        ("specs.brand", plain(brand.clone())),
        ("specs.year", plain(*year)),
        ("specs.engineType", plain(engine_type.clone())),
        ("specs.fuelType", plain(fuel_type.clone())),
        ("specs.hasAC", plain(*has_ac)),
        ("specs.hasWifi", plain(*has_wifi)),
        ("specs.hasToilet", plain(*has_toilet)),
        ("specs.hasTV", plain(*has_tv)),
        ("specs.features", plain(named_features.clone())),
        ("features", plain(Value::Ids(features))),
        ("testLat", plain(test_lat.map(Latitude::degrees).map(degrees))),
        ("testLng", plain(test_lng.map(Longitude::degrees).map(degrees))),
        ("busPhone", personal(bus_phone.as_deref())),
        ("owner", personal(owner.as_deref())),
        ("taxOffice", personal(tax_office.as_deref())),
        ("taxNumber", personal(tax_number.as_deref())),
        (UPDATED_AT, Field::Version(*updated_at)),
    ]
}

/// A device may report for the bus, or none may any more. The row has nothing of the token.
pub fn of_bus_token(bus: &Bus, is_given: bool) -> Audited {
    let action = if is_given { Action::TokenGiven } else { Action::TokenRevoked };
    Audited::about(Subject::Bus(bus.id), Difference::none(action))
}

pub fn of_layout(before: Option<&SeatLayout>, after: Option<&SeatLayout>) -> Option<Audited> {
    let action = made_changed_or_gone(before, after);
    let change = difference(action, before.map(layout), after.map(layout));
    Some(Audited::about(Subject::SeatLayout(after.or(before)?.id), change))
}

fn layout(kept: &SeatLayout) -> Described<'_> {
    let SeatLayout { id: _, name, layout, created_at: _, updated_at } = kept;
    vec![
        ("name", plain(name.clone())),
        ("layout", plain(layout.to_string())),
        (UPDATED_AT, Field::Version(*updated_at)),
    ]
}

pub fn of_feature(before: Option<&BusFeature>, after: Option<&BusFeature>) -> Option<Audited> {
    let action = made_changed_or_gone(before, after);
    let change = difference(action, before.map(feature), after.map(feature));
    Some(Audited::about(Subject::BusFeature(after.or(before)?.id), change))
}

fn feature(feature: &BusFeature) -> Described<'_> {
    let BusFeature { id: _, name, description, icon_path } = feature;
    vec![
        ("name", plain(name.clone())),
        ("description", plain(description.clone())),
        ("iconPath", plain(icon_path.clone())),
    ]
}

pub fn of_station(before: Option<&Station>, after: Option<&Station>) -> Option<Audited> {
    let action = made_changed_or_gone(before, after);
    let change = difference(action, before.map(station), after.map(station));
    Some(Audited::about(Subject::Station(after.or(before)?.id), change))
}

fn station(station: &Station) -> Described<'_> {
    let Station { id: _, name, slug, kind, created_at: _, updated_at } = station;
    vec![
        ("name", plain(name.clone())),
        ("slug", plain(slug.clone())),
        ("type", plain(kind.as_str())),
        (UPDATED_AT, Field::Version(*updated_at)),
    ]
}
