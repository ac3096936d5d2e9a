export type Gender = "MALE" | "FEMALE" | "OTHER";
export type OccupiedSegment = {
    fromStopIndex: number;
    toStopIndex: number;
    /**
     * BLOCKED: taken out of sale; only staff are told so.
     */
    status: "RESERVED" | "CONFIRMED" | "BLOCKED";
    gender?: Gender;
    /**
     * Only from events, and only for viewers who may know it.
     */
    ticketId?: string;
    /**
     * The same.
     */
    pnrNumber?: string;
};
export type Offer = {
    seatNumber: number;
    offeredTo: Gender;
};
export type Snapshot = {
    routeId: string;
    seq: number;
    seatCount: number;
    fromStopIndex: number;
    toStopIndex: number;
    availableSeats?: number[];
    seats: Array<{
        seatNumber: number;
    } & OccupiedSegment>;
    offers?: Offer[];
};
export type SeatUpdate = {
    routeId: string;
    seatNumber: number;
    eventType: "seat_reserved" | "seat_confirmed" | "seat_suspended" | "seat_cancelled" | "seat_available";
    fromStopIndex: number;
    toStopIndex: number;
    seq: number;
    ticketId?: string;
    pnrNumber?: string;
    timestamp?: string;
    metadata?: {
        fromCity?: string;
        toCity?: string;
        price?: number;
        gender?: Gender;
        reason?: string;
    };
};
export type SeatState = {
    state: "free" | "reserved" | "confirmed";
    /**
     * Taken out of sale, and so `confirmed`; only staff are told.
     */
    blocked?: true;
    gender?: Gender;
    ticketId?: string;
    pnrNumber?: string;
};
export type ApplyResult = "applied" | "repeated" | "hole";
export declare class SeatMap {
    #private;
    /** @param {Snapshot} snapshot */
    static fromSnapshot(snapshot: Snapshot): SeatMap;
    /** Whether a snapshot has been folded in; before that every event is a hole. */
    get ready(): boolean;
    /** The number of the last event this map contains. */
    get seq(): number;
    get seatCount(): number;
    /** Index of the route's last stop, as far as the snapshot reached. */
    get lastStopIndex(): number;
    /**
     * Replaces everything by a snapshot of the whole route.
     * Snapshots name no ticket; what events told about one is kept only by a snapshot of the very same `seq`,
     * since after any other the same segment may be somebody else's.
     * @param {Snapshot} snapshot
     */
    reset(snapshot: Snapshot): void;
    /** Who sits where stays. Whose tickets they are is forgotten: another viewer may not know it. */
    forgetTickets(): void;
    /**
     * Folds one event in, if it is the next one.
     * `repeated`: it was contained already. `hole`: events before it are missing, nothing was changed.
     * @param {SeatUpdate} update
     * @returns {ApplyResult}
     */
    apply(update: SeatUpdate): ApplyResult;
    /**
     * What a traveller from stop `from` to stop `to` may know about a seat. Where several tickets overlap
     * the journey, a confirmed one speaks before a reserved one, then the earlier before the later.
     * @param {number} seatNumber
     * @param {number} [from]
     * @param {number} [to]
     * @returns {SeatState}
     */
    stateOf(seatNumber: number, from?: number, to?: number): SeatState;
    /**
     * Numbers of the seats that are free all the way, in rising order.
     * @param {number} [from]
     * @param {number} [to]
     * @returns {number[]}
     */
    freeSeats(from?: number, to?: number): number[];
    /**
     * Every segment taken on a seat, in the order of the journey.
     * @param {number} seatNumber
     * @returns {OccupiedSegment[]}
     */
    occupiedSegments(seatNumber: number): OccupiedSegment[];
}
export type Segment = {
    fromStopIndex: number;
    toStopIndex: number;
};
