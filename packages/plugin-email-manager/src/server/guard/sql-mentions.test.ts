import { describe, expect, it } from 'vitest';
import { SqlMentions } from './sql-mentions';

const mentions = new SqlMentions(['mailMessages', 'mailGrants'], false);
const of = (sql: string) => [...mentions.of(sql)].sort();

describe('tables that a statement reads or writes', () => {
  const caught: [what: string, sql: string][] = [
    ['a plain select', 'SELECT * FROM "mailGrants"'],
    ['other letters', 'select * from MAILGRANTS'],
    ['backticks', 'SELECT * FROM `mailGrants`'],
    ['brackets', 'SELECT * FROM [mailGrants]'],
    ['a schema before it', 'SELECT * FROM "public"."mailGrants"'],
    ['a join', 'SELECT 1 FROM "users" LEFT JOIN "mailGrants" AS "g" ON true'],
    ['a subquery', 'SELECT (SELECT "x" FROM "mailGrants" LIMIT 1) FROM "users"'],
    ['a comma', 'SELECT * FROM users, mailGrants'],
    ['a comment between', 'SELECT * FROM/* x */mailGrants'],
    ['a comment that hides a quote', "SELECT 1 -- it's\nFROM mailGrants"],
    ['a text that ends before it', "SELECT 'it''s' FROM mailGrants"],
    ['a backslash at the end of a text', "SELECT '\\' , x FROM mailGrants"],
    ['an escape string', "SELECT E'\\'' FROM mailGrants"],
    ['PostgreSQL’s TABLE', 'TABLE "mailGrants"'],
    ['COPY', 'COPY "mailGrants" TO STDOUT'],
    ['EXPLAIN ANALYZE', 'EXPLAIN ANALYZE SELECT * FROM "mailGrants"'],
    ['code in dollar quotes', 'DO $$ BEGIN PERFORM * FROM "mailGrants"; END $$'],
    ['an insert', 'INSERT INTO "mailGrants" ("id") VALUES (1)'],
    ['an update', 'UPDATE "mailGrants" SET "x" = 1'],
    ['a delete', 'DELETE FROM "mailGrants"'],
    ['truncation', 'TRUNCATE TABLE "mailGrants"'],
    ['a view over it', 'CREATE VIEW v AS SELECT * FROM "mailGrants"'],
    ['a copy of it', 'CREATE TABLE t AS TABLE "mailGrants"'],
    ['a schema statement with another behind it', 'DROP TABLE x; SELECT * FROM "mailGrants"'],
    ['an array subscript before it', 'SELECT a[1] FROM mailGrants'],
  ];
  it.each(caught)('sees the table in %s', (_, sql) => {
    expect(of(sql)).toEqual(['mailgrants']);
  });

  const harmless: [what: string, sql: string][] = [
    ['a name in a text', `INSERT INTO "fields" VALUES ('mailGrants', 'it''s "mailGrants"')`],
    ['a longer name', 'SELECT * FROM "mailGrantsOfOthers"'],
    ['a column qualified by its table', 'SELECT "mailGrants"."id"'],
    ['making the table', 'CREATE TABLE IF NOT EXISTS "mailGrants" ("id" BIGINT)'],
    ['a time zone', 'ALTER TABLE "mailGrants" ADD COLUMN "at" TIMESTAMP WITH TIME ZONE'],
    [
      'a rule of a foreign key',
      'CREATE TABLE "mailGrants" ("a" BIGINT REFERENCES "x" ON DELETE CASCADE ON UPDATE SET NULL)',
    ],
    ['dropping it', 'DROP TABLE IF EXISTS "mailGrants"'],
    ['its columns', 'PRAGMA TABLE_INFO(`mailGrants`);'],
    ['a comment on a column', `COMMENT ON COLUMN "mailGrants"."id" IS 'select me'`],
    ['a comment that names it', 'SELECT 1 /* mailGrants */'],
  ];
  it.each(harmless)('lets %s pass', (_, sql) => {
    expect(of(sql)).toEqual([]);
  });

  it('takes a statement whose quotes never end for one about everything', () => {
    expect(of(`SELECT 'abc FROM "mailGrants"`)).toEqual(['mailgrants', 'mailmessages']);
  });

  it('reads a backslash before a quote as MySQL does, when it is MySQL', () => {
    const mysql = new SqlMentions(['mailGrants'], true);
    expect([...mysql.of("SELECT 'it\\'s' FROM mailGrants")]).toEqual(['mailgrants']);
  });
});

describe('a piece of SQL that parentheses hold together', () => {
  it.each(['1=1 OR 1=1', 'upper("a") = \'(\'', 'x IN (1, 2)', '"a)" = 1'])('is %s', (sql) => {
    expect(mentions.isOnePiece(sql)).toBe(true);
  });
  it.each(['1=1) OR (1=1', '(1=1', '1=1)', '1=1 --', '1=1 /*', "'open", '1=1; DELETE FROM x'])('is not %s', (sql) => {
    expect(mentions.isOnePiece(sql)).toBe(false);
  });
});

describe('a piece of SQL that stands for a value', () => {
  it.each(["'x'", '(SELECT 1 OR 2)', "now() - interval '1 day'", "' OR '"])('is %s', (sql) => {
    expect(mentions.isValue(sql)).toBe(true);
  });
  it.each(["'x' OR 1=1", '1 union select 2', '1) OR (1=1'])('is not %s', (sql) => {
    expect(mentions.isValue(sql)).toBe(false);
  });
});
