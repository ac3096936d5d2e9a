-- What goes on from one login: the token that may be shown next, and until when. A token of the family that
-- is not this one was shown before, by its owner or by a thief: then the family ends.
SET LOCAL lock_timeout = '200ms';

CREATE TABLE refresh_families (
    id         uuid PRIMARY KEY,
    user_id    uuid NOT NULL,
    generation bigint NOT NULL,
    digest     bytea NOT NULL,
    expires_at timestamptz NOT NULL
);
CREATE INDEX refresh_families_of_user ON refresh_families (user_id, expires_at);
CREATE INDEX refresh_families_by_end ON refresh_families (expires_at);
