/* The tables of a case. docs/case-schema.md says what stands in them and when COR_CASE_SCHEMA must change; a test
 * compares the two. */
#include "case/store_db.h"

const char *const cor_case_schema[] = {
    "CREATE TABLE setting (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID",

    "CREATE TABLE input (id INTEGER PRIMARY KEY, key BLOB NOT NULL UNIQUE, sha256 BLOB, size INTEGER NOT NULL, reader"
    " TEXT NOT NULL, records INTEGER NOT NULL, recovered INTEGER NOT NULL, damaged INTEGER NOT NULL, lost INTEGER NOT"
    " NULL, error TEXT NOT NULL) STRICT",

    "CREATE TABLE input_path (path TEXT NOT NULL, input INTEGER NOT NULL REFERENCES input, PRIMARY KEY (input, path))"
    " STRICT, WITHOUT ROWID",

    "CREATE TABLE damage (input INTEGER NOT NULL REFERENCES input, offset INTEGER NOT NULL, what TEXT NOT NULL,"
    " length INTEGER NOT NULL, records INTEGER NOT NULL, PRIMARY KEY (input, offset, what)) STRICT, WITHOUT ROWID",

    "CREATE TABLE host (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, records INTEGER NOT NULL, first INTEGER,"
    " last INTEGER, cut INTEGER NOT NULL) STRICT",

    "CREATE TABLE host_name (host INTEGER NOT NULL REFERENCES host, name TEXT NOT NULL, PRIMARY KEY (host, name))"
    " STRICT, WITHOUT ROWID",

    "CREATE TABLE log (id INTEGER PRIMARY KEY, input INTEGER NOT NULL REFERENCES input, channel TEXT NOT NULL,"
    " computer TEXT NOT NULL, collected INTEGER NOT NULL, records INTEGER NOT NULL, record_min INTEGER, record_max"
    " INTEGER, first INTEGER, last INTEGER, jumps INTEGER NOT NULL, gap_last INTEGER, host INTEGER, shared INTEGER"
    " NOT NULL, UNIQUE (input, channel, computer)) STRICT",

    "CREATE TABLE log_sid (log INTEGER NOT NULL REFERENCES log, sid TEXT NOT NULL, PRIMARY KEY (log, sid)) STRICT,"
    " WITHOUT ROWID",

    "CREATE TABLE rule (id INTEGER PRIMARY KEY, name TEXT NOT NULL, version BLOB NOT NULL, kind TEXT NOT NULL,"
    " rule_id TEXT NOT NULL, title TEXT NOT NULL, author TEXT NOT NULL, level INTEGER NOT NULL, builtin INTEGER NOT"
    " NULL, sign TEXT NOT NULL, stage TEXT NOT NULL, grade TEXT NOT NULL, family TEXT NOT NULL, sign_group TEXT NOT"
    " NULL, tags TEXT NOT NULL, UNIQUE (name, version)) STRICT",

    "CREATE TABLE finding (id TEXT NOT NULL PRIMARY KEY, rule INTEGER NOT NULL REFERENCES rule, time INTEGER, last"
    " INTEGER, log INTEGER, offset INTEGER, computer TEXT NOT NULL, channel TEXT NOT NULL, provider TEXT NOT NULL,"
    " event_id INTEGER NOT NULL, record_id INTEGER NOT NULL, host INTEGER, fields TEXT NOT NULL, matched TEXT NOT"
    " NULL, cut INTEGER NOT NULL, correlation TEXT, n_events INTEGER NOT NULL, value REAL) STRICT",

    "CREATE INDEX finding_by_rule ON finding (rule, host)",

    "CREATE TABLE place (finding TEXT NOT NULL REFERENCES finding, log INTEGER NOT NULL REFERENCES log, offset"
    " INTEGER NOT NULL, PRIMARY KEY (finding, log, offset)) STRICT, WITHOUT ROWID",

    "CREATE TABLE finding_event (finding TEXT NOT NULL REFERENCES finding, no INTEGER NOT NULL, rule INTEGER NOT NULL"
    " REFERENCES rule, time INTEGER, log INTEGER NOT NULL REFERENCES log, offset INTEGER NOT NULL, provider TEXT NOT"
    " NULL, event_id INTEGER NOT NULL, record_id INTEGER NOT NULL, PRIMARY KEY (finding, no)) STRICT, WITHOUT ROWID",

    "CREATE TABLE correlation_row (rule INTEGER NOT NULL REFERENCES rule, key BLOB NOT NULL, log INTEGER NOT NULL"
    " REFERENCES log, offset INTEGER NOT NULL, data BLOB NOT NULL, PRIMARY KEY (rule, key)) STRICT, WITHOUT ROWID",

    "CREATE TABLE fact (kind TEXT NOT NULL, key BLOB NOT NULL, first INTEGER, last INTEGER, log INTEGER NOT NULL"
    " REFERENCES log, event_id INTEGER NOT NULL, record_id INTEGER NOT NULL, offset INTEGER NOT NULL, account TEXT"
    " NOT NULL, domain TEXT NOT NULL, sid TEXT NOT NULL, address TEXT NOT NULL, peer TEXT NOT NULL, logon_id TEXT NOT"
    " NULL, object TEXT NOT NULL, detail TEXT NOT NULL, access TEXT NOT NULL, status TEXT NOT NULL, logon_type"
    " INTEGER NOT NULL, port INTEGER NOT NULL, elevated INTEGER NOT NULL, PRIMARY KEY (kind, key)) STRICT, WITHOUT"
    " ROWID",

    "CREATE TABLE verdict (host TEXT NOT NULL PRIMARY KEY, verdict TEXT NOT NULL, flags TEXT NOT NULL, families TEXT"
    " NOT NULL, json TEXT NOT NULL, first INTEGER, last INTEGER) STRICT, WITHOUT ROWID",

    "CREATE TABLE said (id INTEGER PRIMARY KEY, host TEXT NOT NULL, verdict TEXT NOT NULL, text TEXT NOT NULL, who"
    " TEXT NOT NULL, time INTEGER NOT NULL) STRICT",

    NULL,
};
