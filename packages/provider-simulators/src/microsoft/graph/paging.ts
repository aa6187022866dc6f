import type { GraphCall } from './call';
import { badRequest } from './errors';

/** An absolute link to this path with these query options, as Graph writes next and delta links. */
export function linkTo(call: GraphCall, options: Iterable<[string, string]>): string {
  const query = new URLSearchParams([...options]);
  // Graph writes the dollar sign encoded and spaces as %20.
  return `${call.state.graphOrigin}${call.path}?${query.toString().replace(/\+/g, '%20')}`;
}

/** The same request with some options changed; undefined removes one. */
export function linkWith(call: GraphCall, changes: Record<string, string | undefined>): string {
  const options = new Map(call.query);
  for (const [name, value] of Object.entries(changes)) {
    if (value === undefined) options.delete(name);
    else options.set(name, value);
  }
  return linkTo(call, options);
}

/** State in a link: opaque to the client. */
export function encodeToken(value: unknown): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url');
}

export function decodeToken(text: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(Buffer.from(text, 'base64url').toString());
    if (value !== null && typeof value === 'object' && !Array.isArray(value)) return value as Record<string, unknown>;
  } catch {
    // What cannot be read was not made here.
  }
  throw badRequest('Badly formed token.', 'ErrorInvalidSyncStateData');
}
