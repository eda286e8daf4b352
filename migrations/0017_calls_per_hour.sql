-- How many calls were sent in each hour, over all campaigns and instances: what OTTO_CALLS_PER_DAY is held against, by
-- every claim and every arm, without counting the calls themselves.
-- Locks: none that anybody waits for; the last day's attempts are counted once (about a second per million attempts).
-- Back: DROP TABLE otto.calls_per_hour.
CREATE TABLE otto.calls_per_hour (
    hour timestamptz PRIMARY KEY,     -- its beginning
    calls integer NOT NULL
);
INSERT INTO otto.calls_per_hour (hour, calls)
SELECT date_trunc('hour', sending_at), count(*) FROM otto.attempt
WHERE sending_at > now() - interval '25 hours' GROUP BY 1;
