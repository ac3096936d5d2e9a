-- What a group has changed of routes, so that other nodes know what of those they keep in memory is old.
SET LOCAL lock_timeout = '200ms';

ALTER TABLE groups
    -- Those that have changed as a whole. NULL: any of them may have.
    ADD COLUMN changed_routes uuid[],
    -- Seats of the others, each with one who had it or has it now: arrays of one length.
    ADD COLUMN seat_routes uuid[],
    ADD COLUMN seat_numbers smallint[],
    ADD COLUMN holder_kinds smallint[],
    ADD COLUMN holder_ids uuid[];
