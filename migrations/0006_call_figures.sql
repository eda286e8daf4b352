-- How each media stream of a call went, measured in the audio itself: what a person had to wait for.
-- Locks: none on existing rows. Back: DROP TABLE otto.call_figures.
CREATE TABLE otto.call_figures (
    attempt_id uuid NOT NULL REFERENCES otto.attempt (id) ON DELETE CASCADE,
    stream text NOT NULL,             -- a call that was re-attached has several
    at timestamptz NOT NULL,          -- the stream's end
    answer_to_ready_ms integer,       -- from the answer until the agent's socket was ready; null: it did not come to that
    answer_to_stream_ms integer,
    answer_to_audio_ms integer,       -- … until the first of the agent's audio was sent
    turn_ms integer[] NOT NULL,       -- per turn: from the end of the callee's speech to the agent's first audio
    interruptions integer NOT NULL,
    dropped_bytes bigint NOT NULL,
    PRIMARY KEY (attempt_id, stream)
);
