-- Dashboard sessions that were signed out before their time: any instance can check a session without the database, so
-- what no longer holds has to be known to all of them.
-- Locks: none. Back: DROP TABLE otto.revoked_session.
CREATE TABLE otto.revoked_session (
    id_hash text PRIMARY KEY,         -- SHA-256 of the session's id, hex
    until timestamptz NOT NULL        -- by then it has expired by itself
);
