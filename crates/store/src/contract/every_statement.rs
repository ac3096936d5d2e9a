//! Cases and questions that together make a driver run every statement that it has: for its test of
//! how its database carries them out, and of whether there is a statement that nothing runs.

use domain::calendar::TimeRange;
use domain::part::Part;
use domain::passenger::{IdentityNumber, Phone};
use domain::ticket::TicketStatus;
use domain::{
    BookingId, BusId, CityKey, Kurus, LayoutType, Ordinal, Pnr, Role, RouteId, RouteKind, UserId,
};
use jiff::Timestamp;

use super::{
    EVERYTHING, Harness, accounts, bookings, bus_features, bus_time, buses, chain, events, figures,
    forgetting, held_seats, holds, keys, letters, neighbours, once_only, payments, people, pnrs,
    pruning, refreshing, routes, search, seat_layouts, seats, second_factors, sessions, stations,
    storm, tickets, tracking, trail, viewer_orders,
};
use crate::{
    AuditFilter, BusFilter, PlaceBy, RouteFilter, SegmentSearch, Store, TicketFilter, UserFilter,
};

/// Cases of the contract that together run every statement that has one form only.
pub async fn run_cases<H: Harness>() {
    keys::of_64_repeats_one_acts::<H>().await;
    keys::a_catalogue_write_acts_once::<H>().await;
    keys::a_payments_key_waits_for_its_end::<H>().await;
    tickets::every_filter_narrows_the_list::<H>().await;
    search::hits_count_the_segments_free_seats::<H>().await;
    search::a_search_knows_the_segments_price::<H>().await;
    search::on_and_off_sale_are_one_list_by_departure::<H>().await;
    holds::due_holds_come_longest_ago_first::<H>().await;
    buses::a_bus_is_kept_as_it_was_described::<H>().await;
    buses::a_seat_change_reaches_the_routes::<H>().await;
    storm::random_commands_from_many_tasks_leave_the_books_in_order::<H>().await;
    seats::a_suspended_ticket_takes_its_seat_again::<H>().await;
    seats::a_move_onto_a_taken_seat_changes_nothing::<H>().await;
    events::a_route_is_found_as_it_stood_at_a_position::<H>().await;
    chain::groups_are_read_in_pieces::<H>().await;
    chain::the_epoch_stays_until_it_is_left::<H>().await;
    chain::what_an_epoch_has_in_common_with_the_one_before_is_known::<H>().await;
    pnrs::a_ticket_is_found_by_its_code::<H>().await;
    neighbours::a_late_payment_wins_no_seat_beside_a_stranger::<H>().await;
    payments::a_cancelled_ticket_gives_its_money_back::<H>().await;
    bookings::a_booking_is_kept_as_it_was_made::<H>().await;
    bookings::a_contacts_number_is_that_of_all_tickets::<H>().await;
    bookings::a_page_of_tickets_has_whole_bookings::<H>().await;
    payments::unfinished_payments_are_found::<H>().await;
    payments::the_history_shows_what_was_paid::<H>().await;
    holds::the_next_hold_end_moves_with_the_holds::<H>().await;
    routes::a_route_is_changed_field_by_field::<H>().await;
    routes::a_route_with_events_cannot_be_deleted::<H>().await;
    buses::a_plate_is_unique::<H>().await;
    buses::a_bus_with_routes_stays::<H>().await;
    buses::seats_of_a_sold_future_route_are_fixed::<H>().await;
    bus_features::a_feature_is_kept_and_its_name_is_unique::<H>().await;
    bus_features::a_bus_shows_its_features_as_they_are::<H>().await;
    tracking::the_newest_position_is_kept_for_a_while::<H>().await;
    tracking::a_bus_has_one_token::<H>().await;
    tracking::a_bus_goes_where_no_seat_is_sold_too::<H>().await;
    seat_layouts::a_layout_is_kept_and_its_name_is_unique::<H>().await;
    seat_layouts::every_bus_changes_with_its_layout::<H>().await;
    accounts::an_erased_account_names_nobody::<H>().await;
    forgetting::bookings_of_departures_that_are_over_are_found::<H>().await;
    stations::stations_are_made_changed_and_deleted::<H>().await;
    stations::stations_are_found_by_part_of_their_name::<H>().await;
    once_only::a_claim_is_renewed_by_its_node_and_ends_by_itself::<H>().await;
    sessions::a_session_is_kept_replaced_and_forgotten::<H>().await;
    sessions::a_killed_nodes_sessions_have_their_window_from_its_leases_end::<H>().await;
    sessions::a_session_that_was_left_is_swept_after_its_window::<H>().await;
    people::credentials_are_found_by_email::<H>().await;
    people::a_user_is_kept::<H>().await;
    people::the_last_administrator_stays::<H>().await;
    people::a_new_password_is_ones_own::<H>().await;
    accounts::a_deleted_account_is_found_by_nothing::<H>().await;
    accounts::tokens_end_one_by_one_and_all_at_once::<H>().await;
    viewer_orders::a_node_finds_none_of_its_own_orders::<H>().await;
    letters::an_address_is_verified_before_anything_else_goes_to_it::<H>().await;
    letters::a_letter_is_taken_by_one_and_by_another_after_its_time::<H>().await;
    second_factors::a_code_is_taken_once::<H>().await;
    refreshing::a_family_goes_on_by_one_token_at_a_time::<H>().await;
    refreshing::a_family_ends_with_its_account::<H>().await;
    figures::destinations_are_future_active_and_by_name::<H>().await;
    figures::an_empty_store_has_figures_too::<H>().await;
    figures::an_open_store_is_ready::<H>().await;
    bus_time::a_long_journey_keeps_its_bus::<H>().await;
    bus_time::a_change_of_bus_or_time_finds_the_bus_free::<H>().await;
    figures::bus_figures_add_up::<H>().await;
    figures::holds_that_ran_out_are_counted_by_account_and_departure::<H>().await;
    figures::seats_that_were_held_and_never_booked_are_counted::<H>().await;
    events::events_are_read_in_pieces::<H>().await;
    held_seats::a_hold_ends_once_by_its_time::<H>().await;
    held_seats::a_block_is_lifted_once_and_kept_until_then::<H>().await;
    held_seats::one_address_owes_half_of_a_bus_however_many_accounts::<H>().await;
    held_seats::who_lets_seats_run_out_again_and_again_waits::<H>().await;
    payments::a_payment_that_lands_late_wins_the_seat_back::<H>().await;
    trail::every_filter_narrows_the_trail::<H>().await;
    trail::each_booking_has_a_history_of_its_own::<H>().await;
    pruning::events_go_from_the_oldest_and_each_routes_newest_stays::<H>().await;
    pruning::the_audit_goes_from_the_oldest_and_its_newest_row_stays::<H>().await;
}

fn key(name: &str) -> Option<CityKey> {
    Some(CityKey::new(name))
}

/// Every list with every filter that changes its statement.
pub async fn ask_every_filter(store: &dyn Store) {
    let departs = Some(TimeRange { start: Timestamp::UNIX_EPOCH, end: Timestamp::MAX });
    let some = || TicketFilter::default();
    let (user, route) = (UserId::from(uuid::Uuid::nil()), RouteId::from(uuid::Uuid::nil()));
    let phone = Phone::parse("5321234567").ok();
    let identity_number = IdentityNumber::parse("10000000146").ok();
    let (from_city, to_city) = (key("a"), key("b"));
    let both = || TicketFilter { from_city: key("a"), to_city: key("b"), ..some() };
    let tickets = [
        some(),
        TicketFilter { status: Some(TicketStatus::Suspended), ..some() },
        TicketFilter { route_id: Some(route), ..some() },
        TicketFilter { user_id: Some(user), ..some() },
        TicketFilter { issued_by_id: Some(user), ..some() },
        TicketFilter { phone: phone.clone(), ..some() },
        TicketFilter { identity_number: identity_number.clone(), ..some() },
        both(),
        TicketFilter { from_city: from_city.clone(), ..some() },
        TicketFilter { to_city: to_city.clone(), ..some() },
        TicketFilter { departs, ..some() },
        TicketFilter { departs, ..both() },
        TicketFilter { departs, from_city, ..some() },
        TicketFilter { departs, to_city, ..some() },
        TicketFilter { pnr: Pnr::parse("VV00ABCDE"), phone: phone.clone(), ..both() },
        TicketFilter { pnr_part: Part::of_pnr("A1B2").ok(), ..some() },
        TicketFilter { phone_part: Part::of_phone("4567").ok(), ..both() },
        // All fields that are looked up in each ticket, at once.
        TicketFilter {
            phone,
            identity_number,
            user_id: Some(user),
            issued_by_id: Some(user),
            route_id: Some(route),
            departs,
            ..both()
        },
    ];
    for filter in tickets {
        store.tickets(filter, EVERYTHING).await.unwrap();
    }
    for (is_active, kind, bus_id) in [
        (None, None, None),
        (Some(true), None, None),
        (None, Some(RouteKind::Vip), None),
        (Some(true), Some(RouteKind::Vip), None),
        (Some(true), None, Some(BusId::from(uuid::Uuid::nil()))),
    ] {
        for departs in [None, departs] {
            let filter = RouteFilter { is_active, kind, bus_id, departs };
            store.routes(filter, EVERYTHING).await.unwrap();
        }
        for (from_city, to_city) in
            [(None, None), (key("a"), None), (None, key("b")), (key("a"), key("b"))]
        {
            let departs = TimeRange { start: Timestamp::UNIX_EPOCH, end: Timestamp::MAX };
            let price = Some(Kurus::from_lira(1));
            let (min_price, max_price) = if kind.is_some() { (price, price) } else { (None, None) };
            let search = SegmentSearch {
                from_city,
                to_city,
                departs,
                is_active,
                kind,
                bus_id,
                min_price,
                max_price,
            };
            store.search(search, EVERYTHING).await.unwrap();
        }
    }
    for brand in [None, Some("Setra".to_owned())] {
        for layout_type in [None, Some(LayoutType::TwoOne)] {
            let filter = BusFilter { brand: brand.clone(), layout_type };
            store.buses(filter, EVERYTHING).await.unwrap();
        }
    }
    for role in [None, Some(Role::Admin)] {
        for is_demo in [None, Some(true)] {
            for is_disabled in [None, Some(true), Some(false)] {
                let filter = UserFilter { begins_with: None, role, is_disabled, is_demo };
                store.users(filter, EVERYTHING).await.unwrap();
            }
        }
        let begins_with = Some(CityKey::new("a"));
        let filter = UserFilter { begins_with, role, ..UserFilter::default() };
        store.users(filter, EVERYTHING).await.unwrap();
    }
    ask_audit(store).await;
    store.look_for_changed_accounts().await.unwrap();
    let route = RouteId::from(uuid::Uuid::nil());
    store.place(route, PlaceBy::Ordinal(Ordinal::new(1))).await.unwrap();
}

/// Every question about the audit, with and without times.
async fn ask_audit(store: &dyn Store) {
    let (actor, route) = (UserId::from(uuid::Uuid::nil()), RouteId::from(uuid::Uuid::nil()));
    let booking = BookingId::from(uuid::Uuid::nil());
    let time = Some(Timestamp::UNIX_EPOCH);
    let some = AuditFilter::default;
    for filter in [
        some(),
        AuditFilter { booking_id: Some(booking), ..some() },
        AuditFilter { route_id: Some(route), ..some() },
        AuditFilter { actor_id: Some(actor), ..some() },
        AuditFilter { route_id: Some(route), actor_id: Some(actor), ..some() },
        AuditFilter { booking_id: Some(booking), route_id: Some(route), ..some() },
    ] {
        for (from, to) in [(None, None), (time, time)] {
            let filter = AuditFilter { from, to, ..filter.clone() };
            store.audit(filter, EVERYTHING).await.unwrap();
        }
    }
}
