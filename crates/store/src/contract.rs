//! The suite that every driver must pass, written once against the port.
//!
//! A driver implements [`Harness`] in its tests and names it in
//! [`contract_tests!`](crate::contract_tests), which makes one test of every case. A case knows no
//! driver: it uses [`crate::Store`] alone, so it asserts what the rest of the program would notice.
//! Every case that sells ends with [`World::finish`]: the ledger adds up, and what was sent is what
//! is stored.
//!
//! The same [`Desk`] and [`audit`](audit::audit) serve the drivers' own tests, which add crashes
//! and failing disks.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a case that cannot go on says so by panicking"
)]

pub mod accounts;
pub mod audit;
pub mod bookings;
pub mod bus_features;
pub mod bus_time;
pub mod buses;
pub mod callers;
pub mod chain;
pub mod controls;
pub mod desk;
pub mod durable;
pub mod events;
pub mod every_statement;
mod everything;
pub mod families;
pub mod figures;
pub mod forgetting;
pub mod guests;
mod harness;
pub mod held_seats;
pub mod holds;
pub mod keys;
pub mod letters;
pub mod log;
pub mod neighbours;
pub mod once_only;
pub mod origins;
pub mod panics;
pub mod passengers;
pub mod payments;
pub mod people;
pub mod pnrs;
pub mod pruning;
pub mod races;
pub mod random;
pub mod reads;
pub mod refreshing;
pub mod route_changes;
pub mod routes;
pub mod sale;
pub mod search;
pub mod seat_layouts;
pub mod seats;
pub mod second_factors;
pub mod sessions;
pub mod sources;
pub mod stations;
pub mod storm;
pub mod tickets;
pub mod tracking;
pub mod trail;
pub mod trail_of_writes;
pub mod versions;
pub mod viewer_orders;
mod world;

pub use desk::Desk;
pub use everything::EVERYTHING;
pub use harness::Harness;
pub use world::World;

/// Makes one `#[tokio::test]` of every case, for one harness.
#[macro_export]
macro_rules! contract_tests {
    ($harness:ident) => {
        $crate::contract_tests! { @cases $harness
            seats: one_seat_goes_to_one_of_200_buyers, overlapping_segments_are_refused,
                neighbouring_segments_share_a_seat, a_cancellation_frees_the_seat,
                a_suspension_frees_the_seat, a_suspended_ticket_takes_its_seat_again,
                a_suspended_ticket_whose_seat_has_gone_is_refused, a_move_takes_and_frees_at_once,
                a_move_onto_a_taken_seat_changes_nothing, one_of_many_moves_to_a_seat_wins,
                two_tickets_cannot_swap_onto_each_other, a_refusal_leaves_nothing_behind;
            races: two_commands_on_one_ticket_are_as_if_one_after_the_other,
                a_hold_ends_once_whoever_comes_first, a_ticket_is_paid_once_by_many;
            families: families_and_returns_race_for_three_buses;
            neighbours: who_sits_beside_a_seat_is_known_again,
                a_hold_becomes_no_seat_beside_a_stranger,
                who_exceeds_their_hold_sits_beside_it,
                of_those_who_race_no_two_strangers_sit_wrongly,
                a_late_payment_wins_no_seat_beside_a_stranger,
                the_houses_rule_holds_where_a_route_has_none;
            passengers: a_person_has_one_seat_on_a_part_of_the_way,
                a_booking_seats_nobody_twice,
                a_ticket_takes_its_seat_again_if_its_passenger_has_none,
                of_those_who_race_for_a_person_one_wins;
            storm: random_commands_from_many_tasks_leave_the_books_in_order,
                occupied_legs_are_the_live_tickets_legs;
            events: a_routes_events_have_no_hole_after_refusals, routes_count_for_themselves,
                events_are_read_in_pieces, what_is_told_is_what_is_stored,
                an_event_is_told_before_its_command_is_answered,
                a_reader_that_sleeps_misses_nothing,
                snapshots_and_events_agree_under_concurrent_writes,
                a_route_is_found_as_it_stood_at_a_position, an_unknown_route_has_no_events;
            chain: places_have_no_hole_whatever_is_refused, the_chain_goes_on_after_a_reopening,
                groups_are_read_in_pieces, a_group_without_events_takes_no_place,
                the_epoch_stays_until_it_is_left,
                what_an_epoch_has_in_common_with_the_one_before_is_known;
            pnrs: taken_codes_are_passed_over, no_free_code_is_a_refusal,
                concurrent_sales_never_share_a_code, a_ticket_is_found_by_its_code;
            bookings: a_booking_is_kept_as_it_was_made, a_group_is_seated_or_refused_as_a_whole,
                a_return_is_booked_with_the_way_out_or_not_at_all,
                groups_that_race_for_a_bus_are_whole, one_payment_pays_a_group,
                one_tickets_share_goes_back_alone, a_booking_is_cancelled_as_far_as_it_can_be,
                holds_of_a_group_end_together, a_late_payment_wins_all_seats_back_or_none,
                a_contacts_number_is_that_of_all_tickets, a_page_of_tickets_has_whole_bookings;
            payments: a_card_payment_confirms_the_ticket, a_declined_payment_leaves_the_hold,
                a_payment_that_lands_late_wins_the_seat_back,
                a_payment_that_lands_late_on_a_sold_seat_is_owed_back,
                a_cancelled_ticket_gives_its_money_back, an_answer_counts_once,
                unfinished_payments_are_found, the_history_shows_what_was_paid;
            guests: a_guest_books_and_is_known_by_code_and_phone,
                a_guest_pays_what_an_account_booked;
            holds: due_holds_come_longest_ago_first, the_next_hold_end_moves_with_the_holds,
                an_early_or_repeated_expiry_changes_nothing, concurrent_sweeps_end_a_hold_once;
            held_seats: a_hold_keeps_its_seats_until_it_is_let_go, a_hold_ends_once_by_its_time,
                many_hold_the_same_seats_and_one_gets_them,
                a_block_is_lifted_once_and_kept_until_then,
                unpaid_seats_are_counted_by_caller_and_address,
                journeys_on_one_departure_are_counted_together,
                one_address_owes_half_of_a_bus_however_many_accounts,
                who_lets_seats_run_out_again_and_again_waits;
            durable: what_was_acknowledged_is_there_again, numbering_goes_on_after_a_reopening,
                the_inventory_is_there_again;
            callers: a_caller_who_hangs_up_leaves_all_or_nothing,
                a_caller_who_hangs_up_loses_no_place_in_the_stream;
            tickets: a_ticket_shows_its_people_and_route, an_outcome_is_what_is_read_after_it,
                every_filter_narrows_the_list,
                lists_page_newest_first, a_ticket_id_is_used_once, an_unknown_ticket_is_not_found;
            routes: a_route_is_kept_as_it_was_planned, a_route_needs_its_bus,
                a_route_is_changed_field_by_field, a_route_with_events_keeps_its_bus_and_stops,
                a_route_with_events_cannot_be_deleted, a_booking_sees_the_changed_route,
                every_filter_narrows_the_list_of_routes, routes_page_by_departure;
            reads: no_answer_is_older_than_the_last_change,
                other_seats_and_another_bus_are_seen_in_every_answer;
            route_changes: a_change_stands_between_the_sales,
                changes_alone_fix_nothing_on_a_route,
                a_delay_stands_among_the_sales_and_counts_from_the_first,
                other_seats_are_a_change_of_every_unfinished_route;
            sale: a_route_off_sale_takes_no_seat, what_is_reserved_off_sale_is_paid_and_ends,
                nothing_is_taken_once_the_route_is_off_sale,
                after_its_own_departure_only_an_admin_changes_a_ticket;
            buses: a_bus_is_kept_as_it_was_described, a_plate_is_unique, a_bus_with_routes_stays,
                seats_of_a_sold_future_route_are_fixed, seats_may_change_after_the_last_stop,
                a_seat_change_reaches_the_routes, buses_are_filtered_and_paged;
            bus_time: a_bus_is_on_one_departure_at_a_time, a_long_journey_keeps_its_bus,
                a_change_of_bus_or_time_finds_the_bus_free,
                of_many_departures_of_a_bus_one_is_planned;
            bus_features: a_feature_is_kept_and_its_name_is_unique,
                a_bus_shows_its_features_as_they_are;
            tracking: the_newest_position_is_kept_for_a_while, a_bus_has_one_token, a_bus_goes_where_no_seat_is_sold_too;
            seat_layouts: a_layout_is_kept_and_its_name_is_unique,
                a_bus_is_drawn_as_the_layout_that_it_names,
                a_layout_that_is_not_finished_is_for_no_bus,
                every_bus_changes_with_its_layout, a_layout_in_use_stays;
            stations: stations_are_made_changed_and_deleted, a_slug_is_unique,
                stations_are_found_by_part_of_their_name;
            keys: of_64_repeats_one_acts, a_refusal_is_kept_too, a_catalogue_write_acts_once,
                what_was_kept_by_the_secret_before_is_repeated,
                a_payments_key_waits_for_its_end,
                a_key_is_free_again_when_its_payment_ends_without_an_answer;
            panics: a_write_that_panics_fails_alone;
            trail: every_change_of_a_ticket_has_exactly_one_row,
                what_changes_nothing_leaves_no_row,
                a_row_says_who_did_what_and_names_what_is_personal,
                a_payment_is_its_payers_and_an_expiry_nobodys, every_filter_narrows_the_trail,
                each_booking_has_a_history_of_its_own;
            trail_of_writes: every_other_write_has_its_rows;
            versions: of_many_on_one_version_one_writes,
                a_catalogue_write_on_an_old_version_changes_nothing;
            forgetting: a_booking_that_is_over_is_forgotten_once,
                the_passengers_of_some_tickets_are_forgotten_alone,
                bookings_of_departures_that_are_over_are_found;
            viewer_orders: a_node_finds_none_of_its_own_orders;
            pruning: events_go_from_the_oldest_and_each_routes_newest_stays,
                the_audit_goes_from_the_oldest_and_its_newest_row_stays;
            once_only: a_piece_of_work_is_one_nodes,
                a_claim_is_renewed_by_its_node_and_ends_by_itself;
            sessions: a_session_is_kept_replaced_and_forgotten, a_session_is_there_again,
                of_many_who_claim_a_session_one_gets_it,
                what_an_earlier_generation_writes_is_refused,
                a_session_that_was_left_is_swept_after_its_window,
                a_killed_nodes_sessions_have_their_window_from_its_leases_end;
            people: a_user_is_kept, an_email_is_unique, credentials_are_found_by_email,
                a_disabled_account_says_since_when, the_last_administrator_stays,
                a_new_password_is_ones_own, accounts_are_listed_by_email, an_unknown_account_sells_nothing;
            accounts: an_account_is_edited_on_its_version, an_administrator_is_always_left,
                a_deleted_account_is_found_by_nothing, an_erased_account_names_nobody,
                tokens_end_one_by_one_and_all_at_once, a_new_password_brings_no_ended_token_back,
                what_is_kept_of_ended_tokens_is_bounded, accounts_are_found_by_how_they_begin,
                a_search_that_leaves_accounts_out_says_so;
            second_factors: a_code_is_taken_once;
            origins: what_the_provider_decides_is_not_changed_here,
                an_address_that_is_taken_is_only_shown,
                a_providers_account_gets_no_letter_and_no_second_factor;
            letters: an_address_is_verified_before_anything_else_goes_to_it,
                each_pause_between_letters_is_twice_as_long,
                each_letter_is_taken_once_by_whoever_asks_at_the_same_moment,
                a_reset_token_is_used_once_and_ends_all_that_was_given_out,
                a_letter_is_taken_by_one_and_by_another_after_its_time;
            refreshing: a_family_goes_on_by_one_token_at_a_time,
                who_lost_the_answer_is_told_the_same_again, a_repeat_is_known_by_the_secret_before,
                a_text_that_was_never_a_token_ends_nothing, a_family_ends_with_its_account,
                the_families_of_an_account_are_bounded, a_login_that_just_began_goes_on;
            search: spellings_do_not_matter, inner_segments_are_found,
                the_range_is_that_of_the_segments_departure, filters_narrow_a_search,
                hits_count_the_segments_free_seats, what_is_not_sold_is_not_found,
                a_search_knows_the_segments_price, an_end_that_is_not_named_is_the_routes_own,
                searches_page_by_departure,
                on_and_off_sale_are_one_list_by_departure;
            figures: popular_pairs_count_live_tickets, destinations_are_future_active_and_by_name,
                route_figures_add_up, bus_figures_add_up, ticket_figures_add_up,
                holds_that_ran_out_are_counted_by_account_and_departure,
                seats_that_were_held_and_never_booked_are_counted,
                an_empty_store_has_figures_too, an_open_store_is_ready;
        }
    };
    (@cases $harness:ident $($module:ident: $($case:ident),+;)+) => {
        $(mod $module {
            $(#[::tokio::test(flavor = "multi_thread", worker_threads = 4)]
            async fn $case() {
                $crate::contract::$module::$case::<super::$harness>().await;
            })+
        })+
    };
}

/// As [`contract_tests!`](crate::contract_tests), of the cases that write, read and look up
/// people's values: for a harness that encrypts them.
#[macro_export]
macro_rules! contract_tests_of_people {
    ($harness:ident) => {
        $crate::contract_tests! { @cases $harness
            bookings: a_booking_is_kept_as_it_was_made, holds_of_a_group_end_together,
                a_contacts_number_is_that_of_all_tickets, a_page_of_tickets_has_whole_bookings;
            guests: a_guest_books_and_is_known_by_code_and_phone,
                a_guest_pays_what_an_account_booked;
            held_seats: unpaid_seats_are_counted_by_caller_and_address,
                who_lets_seats_run_out_again_and_again_waits;
            durable: what_was_acknowledged_is_there_again, the_inventory_is_there_again;
            tickets: a_ticket_shows_its_people_and_route, an_outcome_is_what_is_read_after_it,
                every_filter_narrows_the_list, lists_page_newest_first;
            payments: the_history_shows_what_was_paid;
            forgetting: a_booking_that_is_over_is_forgotten_once,
                the_passengers_of_some_tickets_are_forgotten_alone,
                bookings_of_departures_that_are_over_are_found;
            passengers: a_person_has_one_seat_on_a_part_of_the_way,
                of_those_who_race_for_a_person_one_wins;
            storm: random_commands_from_many_tasks_leave_the_books_in_order;
            people: a_user_is_kept, an_email_is_unique, credentials_are_found_by_email,
                accounts_are_listed_by_email;
            accounts: an_account_is_edited_on_its_version, a_deleted_account_is_found_by_nothing,
                an_erased_account_names_nobody;
        }
    };
}
