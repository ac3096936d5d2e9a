//! Every code of every error that clients can get, once: what it means, and what a client should
//! do.
//!
//! Codes are defined here and nowhere else, so a client never gets one that is not in the list;
//! `docs/errors.md` is made from it. The sentence of an error is where the error is found.

use http::StatusCode;

/// A code of `application/problem+json`. Programs compare it, so it never changes.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct ErrorCode {
    name: &'static str,
    /// The status of its answers, unless the answer had a status before.
    status: StatusCode,
    retry: Retry,
    /// What it means, and what to do.
    help: [&'static str; 2],
}

/// Whether the same request can be sent again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Retry {
    /// It is refused again, until the client or the state changes.
    No,
    /// It may succeed after the seconds in `Retry-After`.
    Wait,
    /// It may succeed, with the same `Idempotency-Key`.
    SameKey,
}

/// A code of the event `error`.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct SocketErrorCode {
    name: &'static str,
    may_retry: bool,
    help: [&'static str; 2],
}

impl ErrorCode {
    pub(crate) const fn name(&self) -> &'static str {
        self.name
    }

    pub(crate) const fn status(&self) -> StatusCode {
        self.status
    }
}

impl SocketErrorCode {
    pub(crate) const fn name(&self) -> &'static str {
        self.name
    }
}

macro_rules! http_codes {
    ($($code:ident $name:literal $status:ident $retry:ident, $means:literal, $action:literal;)*) => {
        impl ErrorCode {
            $(pub(crate) const $code: &'static Self = &Self {
                name: $name, status: StatusCode::$status, retry: Retry::$retry, help: [$means, $action],
            };)*
            #[cfg(test)]
            const ALL: &'static [&'static Self] = &[$(Self::$code),*];
        }
    };
}

macro_rules! socket_codes {
    ($($code:ident $name:literal $may_retry:literal, $means:literal, $action:literal;)*) => {
        impl SocketErrorCode {
            $(pub(crate) const $code: &'static Self =
                &Self { name: $name, may_retry: $may_retry, help: [$means, $action] };)*
            pub(crate) const ALL: &'static [&'static Self] = &[$(Self::$code),*];
        }
    };
}

// By status, then by subject.
http_codes! {
    VALIDATION_FAILED "validation_failed" BAD_REQUEST No,
        "A field or a query parameter is missing, unknown or breaks a rule.",
        "Show `errors` at their fields.";
    SEAT_BEYOND_BUS "seat_beyond_bus" BAD_REQUEST No,
        "The bus has no seat of this number.",
        "Read the map again: the bus may have changed.";
    UNKNOWN_CITY "unknown_city" BAD_REQUEST No,
        "The city is not a stop of this route.",
        "Offer the cities in `stops`.";
    REVERSED_CITIES "reversed_cities" BAD_REQUEST No,
        "The destination comes before the start.",
        "Search for a route in the other direction.";
    STOP_OUT_OF_RANGE "stop_out_of_range" BAD_REQUEST No,
        "The route has no stop of this index.",
        "Use the indexes in `stops`.";
    SEGMENT_NOT_SOLD "segment_not_sold" BAD_REQUEST No,
        "This part of the route is not sold.",
        "Choose other stops.";
    TOO_LATE "too_late" BAD_REQUEST No,
        "The bus leaves within 15 minutes, or has left: customers cannot book.",
        "Choose a later departure, or ask staff.";
    RETURN_BEFORE_ARRIVAL "return_before_arrival" BAD_REQUEST No,
        "The way back leaves before the way out arrives.",
        "Choose a later way back.";
    HOLD_ELSEWHERE "hold_elsewhere" BAD_REQUEST No,
        "The hold is for another departure or other stops.",
        "Hold seats for this journey.";
    MALFORMED_JSON "malformed_json" BAD_REQUEST No,
        "The body is not JSON.",
        "Correct the program.";
    MALFORMED_BODY "malformed_body" BAD_REQUEST SameKey,
        "The body broke off on its way.",
        "Send it again.";
    MALFORMED_HEAD "malformed_head" BAD_REQUEST No,
        "The head of the request is not HTTP/1.1, or has a header twice.",
        "Correct the program or the proxy.";
    MALFORMED_IF_MATCH "malformed_if_match" BAD_REQUEST No,
        "`If-Match` is no list of entity tags.",
        "Send the `ETag` as it was received.";
    MALFORMED_IDEMPOTENCY_KEY "malformed_idempotency_key" BAD_REQUEST No,
        "`Idempotency-Key` is not 1 to 255 visible ASCII characters; without a login, not 22 at least.",
        "Use a random UUID.";
    BAD_REQUEST "bad_request" BAD_REQUEST No,
        "The request does not fit this address; may come with another status below 500.",
        "Correct the program.";
    UNAUTHORIZED "unauthorized" UNAUTHORIZED No,
        "No token, or one that is not valid any more; wrong e-mail or password.",
        "Log in again.";
    TOTP_REQUIRED "totp_required" UNAUTHORIZED No,
        "The password is right, and the account has a second factor.",
        "Ask for the six digits; log in with `code`.";
    TOTP_WRONG "totp_wrong" UNAUTHORIZED No,
        "The code is wrong, or was used before.",
        "Ask for the next code.";
    FORBIDDEN "forbidden" FORBIDDEN No,
        "This caller may not do this.",
        "Do not offer it.";
    ROLE_REQUIRED "role_required" FORBIDDEN No,
        "Only a higher role may do this.",
        "Do not offer it.";
    NOT_YOURS "not_yours" FORBIDDEN No,
        "It belongs to another account.",
        "Do not offer it.";
    ACCOUNT_DISABLED "account_disabled" FORBIDDEN No,
        "An administrator has disabled the account.",
        "Say so; stop logging in.";
    ORIGIN_NOT_ALLOWED "origin_not_allowed" FORBIDDEN No,
        "Pages of this origin may not connect.",
        "Name the origin in `SEATWIRE_CORS_ORIGINS`.";
    AFTER_DEPARTURE "after_departure" FORBIDDEN No,
        "The bus has left: only an ADMIN can change the ticket.",
        "Ask an administrator.";
    DELAY_TOO_LONG "delay_too_long" FORBIDDEN No,
        "An agent may move the times by 3 hours in all.",
        "Ask an administrator.";
    NOT_FOUND "not_found" NOT_FOUND No,
        "There is nothing at this address.",
        "Correct the address.";
    ROUTE_NOT_FOUND "route_not_found" NOT_FOUND No,
        "There is no such route, or it was deleted.",
        "Search again.";
    BOOKING_NOT_FOUND "booking_not_found" NOT_FOUND No,
        "No booking has this code and phone, or this id.",
        "Ask for both again.";
    TICKET_NOT_FOUND "ticket_not_found" NOT_FOUND No,
        "No ticket has this code and phone, or this id.",
        "Ask for both again.";
    HOLD_NOT_FOUND "hold_not_found" NOT_FOUND No,
        "There is no such hold, or it has ended.",
        "Hold the seats again.";
    BLOCK_NOT_FOUND "block_not_found" NOT_FOUND No,
        "There is no such block on this route.",
        "Read the list again.";
    PAYMENT_NOT_FOUND "payment_not_found" NOT_FOUND No,
        "There is no such payment.",
        "Read the list again.";
    BUS_NOT_FOUND "bus_not_found" NOT_FOUND No,
        "There is no such bus.",
        "Read the list again.";
    FEATURE_NOT_FOUND "feature_not_found" NOT_FOUND No,
        "There is no such bus feature.",
        "Read the list again.";
    LAYOUT_NOT_FOUND "layout_not_found" NOT_FOUND No,
        "There is no such seat layout.",
        "Read the list again.";
    STATION_NOT_FOUND "station_not_found" NOT_FOUND No,
        "There is no such station.",
        "Read the list again.";
    USER_NOT_FOUND "user_not_found" NOT_FOUND No,
        "There is no such account.",
        "Read the list again.";
    NO_MAIL "no_mail" NOT_FOUND No,
        "This server sends no mail.",
        "Ask an administrator for a new password.";
    METHOD_NOT_ALLOWED "method_not_allowed" METHOD_NOT_ALLOWED No,
        "The address does not take this method.",
        "Correct the program.";
    SEAT_TAKEN "seat_taken" CONFLICT No,
        "Somebody else has the seat on these stops.",
        "Show the map again, and let the traveller choose.";
    NEIGHBOUR_RULE "neighbour_rule" CONFLICT No,
        "The seat beside it is taken by a stranger of another gender.",
        "Offer `seatsThatWouldDo`.";
    PASSENGER_ALREADY_BOOKED "passenger_already_booked" CONFLICT No,
        "A passenger, by identity number or passport, has a seat on a part of this way already.",
        "Show the sentence, which names the seat; ask staff to sell a second one.";
    NOT_ENOUGH_SEATS "not_enough_seats" CONFLICT No,
        "Fewer seats are free than passengers travel.",
        "Offer another departure.";
    HOLD_EXPIRED "hold_expired" CONFLICT No,
        "The hold has ended; somebody else may have the seats.",
        "Hold them again.";
    HOLD_EXTENDED "hold_extended" CONFLICT No,
        "A hold is extended once only.",
        "Book before it ends.";
    ROUTE_INACTIVE "route_inactive" CONFLICT No,
        "The departure is off sale; tickets stay valid.",
        "Offer another departure.";
    INVALID_TRANSITION "invalid_transition" CONFLICT No,
        "A ticket in this state cannot be changed so.",
        "Read the ticket again.";
    NOT_PAID "not_paid" CONFLICT No,
        "There is no payment to give back.",
        "Cancel the ticket instead.";
    ALREADY_PAID "already_paid" CONFLICT No,
        "It is paid already.",
        "Read the ticket again; do not charge twice.";
    PAYMENT_IN_PROGRESS "payment_in_progress" CONFLICT SameKey,
        "Another payment for it is being made.",
        "Wait some seconds and read the ticket.";
    BOOKING_OPEN "booking_open" CONFLICT No,
        "Somebody has yet to travel with this booking, or money is owed.",
        "Cancel it first, or wait.";
    IDEMPOTENCY_IN_FLIGHT "idempotency_in_flight" CONFLICT SameKey,
        "The first request with this key is still running.",
        "Wait a second; send it again with the same key.";
    IDEMPOTENCY_KEY_ANSWERED "idempotency_key_answered" CONFLICT SameKey,
        "The first request with this key has just been answered.",
        "Send it again with the same key: the answer is kept.";
    TOTP_ENABLED "totp_enabled" CONFLICT No,
        "The account has a second factor already.",
        "An administrator can take it away.";
    TOTP_NOT_BEGUN "totp_not_begun" CONFLICT No,
        "No second factor is being set up.",
        "Begin with `POST /auth/totp`.";
    LAST_ADMINISTRATOR "last_administrator" CONFLICT No,
        "Nobody could administer the server any more.",
        "Make another ADMIN first.";
    PROVIDER_DECIDES "provider_decides" CONFLICT No,
        "The identity provider decides the role of this account, and how its person logs in.",
        "Change it at the provider; here the account can be disabled.";
    EMAIL_TAKEN "email_taken" CONFLICT No,
        "An account has this e-mail address.",
        "Offer to log in.";
    PLATE_TAKEN "plate_taken" CONFLICT No,
        "A bus has this plate.",
        "Change that bus.";
    STATION_TAKEN "station_taken" CONFLICT No,
        "A station has this name.",
        "Choose another name.";
    FEATURE_TAKEN "feature_taken" CONFLICT No,
        "A bus feature has this name.",
        "Choose another name.";
    LAYOUT_TAKEN "layout_taken" CONFLICT No,
        "A seat layout has this name.",
        "Choose another name.";
    LAYOUT_IN_USE "layout_in_use" CONFLICT No,
        "Buses use the seat layout.",
        "Give them another one first.";
    BUS_HAS_ROUTES "bus_has_routes" CONFLICT No,
        "A bus with routes cannot be deleted.",
        "Keep it.";
    BUS_SEATS_FIXED "bus_seats_fixed" CONFLICT No,
        "A future route has sold seats of this bus.",
        "Use another bus for later routes.";
    BUS_BUSY "bus_busy" CONFLICT No,
        "The bus is on another route at that time.",
        "Choose another bus, or send `allowOverlap: true`.";
    ROUTE_FIXED "route_fixed" CONFLICT No,
        "Seats were sold: bus and stops cannot change.",
        "Make a new route.";
    ROUTE_HAS_EVENTS "route_has_events" CONFLICT No,
        "A route with sold seats cannot be deleted.",
        "Take it off sale: `isActive: false`.";
    ONLY_LATER "only_later" CONFLICT No,
        "Seats were sold: times can only move later.",
        "Send later times.";
    STOP_IS_OVER "stop_is_over" CONFLICT No,
        "The bus has passed this stop.",
        "Move only the stops that are left.";
    NOT_TRACKED_NOW "not_tracked_now" CONFLICT No,
        "A bus reports from 3 hours before departure to 3 hours after arrival.",
        "Report later.";
    PRECONDITION_FAILED "precondition_failed" PRECONDITION_FAILED No,
        "It has changed since the `ETag` in `If-Match`.",
        "Read it again, show it, ask again.";
    PAYLOAD_TOO_LARGE "payload_too_large" PAYLOAD_TOO_LARGE No,
        "The body is too large.",
        "Send less.";
    ADDRESS_TOO_LONG "address_too_long" URI_TOO_LONG No,
        "The address is too long.",
        "Send a shorter query.";
    IDEMPOTENCY_KEY_REUSED "idempotency_key_reused" UNPROCESSABLE_ENTITY No,
        "Another request had this key.",
        "Use a new key for a new request.";
    UPGRADE_REQUIRED "upgrade_required" UPGRADE_REQUIRED No,
        "The address speaks WebSocket, version 13.",
        "Connect with a WebSocket.";
    RATE_LIMITED "rate_limited" TOO_MANY_REQUESTS Wait,
        "Too many requests of this kind, connections, or seats that were taken and freed unpaid.",
        "Wait; send less often.";
    TOO_MANY_SEATS "too_many_seats" TOO_MANY_REQUESTS Wait,
        "This account, phone or address has too many unpaid seats of this departure (the address of \
         all who share it: half of the bus), or has let them run out again and again.",
        "Pay for some, or wait.";
    TOO_MANY_WRONG_PASSWORDS "too_many_wrong_passwords" TOO_MANY_REQUESTS Wait,
        "Too many wrong passwords for this account or from this address.",
        "Show how long to wait.";
    TOO_MANY_WRONG_PAIRS "too_many_wrong_pairs" TOO_MANY_REQUESTS Wait,
        "Too many wrong pairs of booking code and phone.",
        "Show how long to wait.";
    HEAD_TOO_LARGE "head_too_large" REQUEST_HEADER_FIELDS_TOO_LARGE No,
        "The headers are too large.",
        "Send fewer cookies.";
    INTERNAL_ERROR "internal_error" INTERNAL_SERVER_ERROR SameKey,
        "Something went wrong in the server. Nothing of the cause is told.",
        "Try once more; then tell the operator the `requestId`.";
    PAYMENT_UNANSWERED "payment_unanswered" BAD_GATEWAY No,
        "The payment provider did not answer: it is not known yet whether money was taken.",
        "Do not pay again. Read the ticket after `Retry-After`.";
    UNAVAILABLE "unavailable" SERVICE_UNAVAILABLE Wait,
        "The server is overloaded, is stopping, or its database cannot be reached.",
        "Wait; send it again with the same `Idempotency-Key`.";
    PAYMENT_PROVIDER_UNREACHABLE "payment_provider_unreachable" SERVICE_UNAVAILABLE Wait,
        "The payment provider cannot be reached. No money was taken.",
        "Wait; pay again.";
}

socket_codes! {
    ROUTE_ID_REQUIRED "route_id_required" false, "`routeId` is missing or empty.", "Send `{routeId}`.";
    ROUTE_NOT_FOUND "route_not_found" false, "There is no such route, or it was deleted.", "Stop watching it; search again.";
    INVALID_PAYLOAD "invalid_payload" false, "An unknown message, a field that cannot be read, or a segment that runs backwards.", "Correct the program: `message` says what is wrong.";
    UNAUTHORIZED "unauthorized" false, "The token in `authenticate` is not valid. Who you were stays.", "Log in again; send the new token.";
    RATE_LIMITED "rate_limited" true, "Too many messages a second, or too many routes on one connection.", "Wait a second; watch fewer routes.";
    UNAVAILABLE "unavailable" true, "The server cannot answer now.", "Ask again after a second or two.";
}

#[cfg(test)]
mod tests;
