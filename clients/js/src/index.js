// What an application imports from "seatwire". Decides nothing itself.

export { seatMap, SeatMapStore } from "./seat-map-store.js";
export { LIMITS, RouteWatch, SeatMap, Seatwire, watchRoute } from "./seatwire.js";

/**
 * @typedef {import("./seat-map-store.js").ConnectionState} ConnectionState
 * @typedef {import("./seat-map-store.js").Seat} Seat
 * @typedef {import("./seat-map-store.js").SeatMapOptions} SeatMapOptions
 * @typedef {import("./seat-map-store.js").SeatMapSnapshot} SeatMapSnapshot
 * @typedef {import("./seatmap.js").Gender} Gender
 * @typedef {import("./seatmap.js").Offer} Offer
 * @typedef {import("./seatmap.js").SeatState} SeatState
 * @typedef {import("./seatmap.js").SeatUpdate} SeatUpdate
 * @typedef {import("./messages.js").BusPosition} BusPosition
 * @typedef {import("./messages.js").Notice} Notice
 * @typedef {import("./messages.js").RouteUpdate} RouteUpdate
 * @typedef {import("./options.js").SeatwireOptions} SeatwireOptions
 * @typedef {import("./messages.js").ServerError} ServerError
 * @typedef {import("./seatwire.js").Status} Status
 * @typedef {import("./seatwire.js").WatchOptions} WatchOptions
 */
