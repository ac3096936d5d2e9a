-- What goes on from one login: the token that may be shown next, and until when. A token of the family that
-- is not this one was shown before, by its owner or by a thief: then the family ends.
CREATE TABLE refresh_families (
    id         BLOB PRIMARY KEY,
    user_id    BLOB NOT NULL,
    generation INTEGER NOT NULL,
    digest     BLOB NOT NULL,
    expires_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX refresh_families_of_user ON refresh_families (user_id, expires_at);
CREATE INDEX refresh_families_by_end ON refresh_families (expires_at);
