export { seatMap, SeatMapStore } from "./seat-map-store.js";
export { LIMITS, RouteWatch, SeatMap, Seatwire, watchRoute } from "./seatwire.js";
export type ConnectionState = import("./seat-map-store.js").ConnectionState;
export type Seat = import("./seat-map-store.js").Seat;
export type SeatMapOptions = import("./seat-map-store.js").SeatMapOptions;
export type SeatMapSnapshot = import("./seat-map-store.js").SeatMapSnapshot;
export type Gender = import("./seatmap.js").Gender;
export type Offer = import("./seatmap.js").Offer;
export type SeatState = import("./seatmap.js").SeatState;
export type SeatUpdate = import("./seatmap.js").SeatUpdate;
export type BusPosition = import("./messages.js").BusPosition;
export type Notice = import("./messages.js").Notice;
export type RouteUpdate = import("./messages.js").RouteUpdate;
export type SeatwireOptions = import("./options.js").SeatwireOptions;
export type ServerError = import("./messages.js").ServerError;
export type Status = import("./seatwire.js").Status;
export type WatchOptions = import("./seatwire.js").WatchOptions;
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
