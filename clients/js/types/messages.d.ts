export type ServerError = {
    message: string;
    code: string;
    event?: string;
    routeId?: string;
};
export type RouteUpdate = {
    routeId: string;
    seq: number;
    change: "bus" | "delayed" | "inactive" | "active" | "deleted";
};
export type BusPosition = {
    routeId: string;
    lat: number;
    lng: number;
    /**
     * In km/h.
     */
    speed: number | null;
    at: string;
};
export type Notice = {
    message: string;
    /**
     * Absent when it is said to the viewer's account.
     */
    routeId?: string;
    at: string;
};
/**
 * @typedef {object} ServerError  The data of an `error` frame.
 * @property {string} message
 * @property {string} code
 * @property {string} [event]
 * @property {string} [routeId]
 *
 * @typedef {object} RouteUpdate  The data of `route_update`.
 * @property {string} routeId
 * @property {number} seq
 * @property {"bus" | "delayed" | "inactive" | "active" | "deleted"} change
 *
 * @typedef {object} BusPosition  The data of `bus_position`.
 * @property {string} routeId
 * @property {number} lat
 * @property {number} lng
 * @property {number | null} speed  In km/h.
 * @property {string} at
 *
 * @typedef {object} Notice  The data of `notice`: what an administrator says to those who watch.
 * @property {string} message
 * @property {string} [routeId]  Absent when it is said to the viewer's account.
 * @property {string} at
 */
export {};
