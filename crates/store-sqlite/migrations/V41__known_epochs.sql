-- When each epoch of the database was seen first, and up to which place it is certainly the history that was
-- before it. A viewer that says only how far it got may come from that one: what it saw behind there may
-- never have happened here.
CREATE TABLE known_epochs (
    -- Counts them.
    number     INTEGER PRIMARY KEY,
    epoch      INTEGER NOT NULL UNIQUE,
    same_up_to INTEGER NOT NULL,
    seen_at    INTEGER NOT NULL
) STRICT;
