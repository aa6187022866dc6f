import { badRequest, notFound } from './errors';
import type { Mailbox } from './mailbox';
import type { StoredMessage } from './message-index';
import type { GoogleAccount, GoogleState } from './state';

/** One authorised call of a Gmail method, its parameters checked by name. */
export interface GmailCall {
  state: GoogleState;
  account: GoogleAccount;
  mailbox: Mailbox;
  /** The variable parts of the path. */
  params: Readonly<Record<string, string>>;
  query: URLSearchParams;
  body: Record<string, unknown>;
  /** The message as it was uploaded; undefined when it came in the body, or not at all. */
  media: Buffer | undefined;
  scopes: ReadonlySet<string>;
}

/** The JSON value to answer, or `noContent` for 204. */
export type GmailResult = Record<string, unknown> | typeof noContent;

export const noContent = Symbol('204 No Content');

export const MAX_PAGE = 500;

export function readMaxResults(query: URLSearchParams, fallback = 100): number {
  const text = query.get('maxResults');
  if (text === null) return fallback;
  if (!/^\d{1,10}$/.test(text)) throw invalidValue('max_results', 'TYPE_UINT32', text);
  const value = Number(text);
  if (value < 1 || value > MAX_PAGE) throw badRequest(`Invalid maxResults value: must be between 1 and ${MAX_PAGE}.`);
  return value;
}

export function readBoolean(query: URLSearchParams, name: string): boolean {
  const text = query.get(name);
  if (text === null) return false;
  if (text === 'true' || text === '1') return true;
  if (text === 'false' || text === '0') return false;
  throw invalidValue(name, 'TYPE_BOOL', text);
}

export function invalidValue(field: string, type: string, value: string): Error {
  return badRequest(`Invalid value at '${field}' (${type}), "${value}"`);
}

/** Ids are hexadecimal numbers; anything else is refused before it is looked up. */
export function checkId(id: string, what = 'id'): string {
  if (!/^[0-9a-f]{1,16}$/i.test(id)) throw badRequest(`Invalid ${what} value`);
  return id.toLowerCase();
}

export function requireMessage(call: GmailCall, id = call.params['id'] ?? ''): StoredMessage {
  const message = call.mailbox.message(checkId(id));
  if (!message) throw notFound();
  return message;
}

export function stringList(value: unknown, field: string): string[] {
  if (value === undefined || value === null) return [];
  if (!Array.isArray(value) || value.some((v) => typeof v !== 'string')) {
    throw badRequest(`Invalid value at '${field}' (TYPE_STRING)`);
  }
  return value as string[];
}
