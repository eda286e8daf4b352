-- The dashboard's sessions, so that people see and end them, and the second factor's codes that have been taken, so that
-- each is taken once over all instances. A session holds without its row: this is what is shown, no permission.
-- Locks: none. Back: DROP TABLE otto.dashboard_session, otto.used_code.
CREATE TABLE otto.dashboard_session (
    id_hash text PRIMARY KEY,          -- SHA-256 of the session's id, hex
    role text NOT NULL,                -- "view", "operate"
    peer text NOT NULL,                -- the address that used it last, its end masked
    signed_in_at timestamptz NOT NULL,
    last_used_at timestamptz NOT NULL, -- to half a minute
    until timestamptz NOT NULL         -- by then it has expired by itself
);
CREATE TABLE otto.used_code (
    role text NOT NULL,
    step bigint NOT NULL,              -- RFC 6238's T: 30 s each since 1970
    PRIMARY KEY (role, step)
);
