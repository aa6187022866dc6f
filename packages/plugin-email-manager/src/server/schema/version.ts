/**
 * The version of the tables' meaning. Raise it when rows written by older code must not be read by newer code (or the
 * reverse) without an upgrade. Columns and tables that are merely new need no raise: the schema check looks for them.
 */
export const SCHEMA_VERSION = 2;
