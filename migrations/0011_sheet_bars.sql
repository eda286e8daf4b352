-- Numbers that a person barred in a sheet say so, and a number that was taken off the list again stays off it although
-- its cell still says DO_NOT_CALL.
-- Locks: a moment on otto.suppression. Back: drop the table, delete the entries of source 'sheet', restore the check.
ALTER TABLE otto.suppression DROP CONSTRAINT suppression_source_check;
ALTER TABLE otto.suppression ADD CONSTRAINT suppression_source_check
    CHECK (source IN ('agent', 'key', 'api', 'sheet'));

-- Cells that have been taken note of; a row goes when its cell says something else.
CREATE TABLE otto.sheet_barred (
    sheet text NOT NULL,              -- the spreadsheet and its tab
    phone text NOT NULL,              -- E.164
    PRIMARY KEY (sheet, phone)
);
