/** Where a list stands: the time and id of its last line. */
export interface ListPosition {
  /** Epoch ms. */
  readonly at: number;
  readonly id: string;
}

export class InvalidCursorError extends Error {
  readonly code = 'CURSOR_INVALID';

  constructor() {
    super('This place in the list is not understood. Load the list from its beginning.');
    this.name = 'InvalidCursorError';
  }
}

export function encodeCursor({ at, id }: ListPosition): string {
  return Buffer.from(`${at}.${id}`).toString('base64url');
}

/** @throws InvalidCursorError */
export function decodeCursor(cursor: string): ListPosition {
  const match = /^(-?\d{1,16})\.(\d{1,19})$/.exec(Buffer.from(cursor, 'base64url').toString('latin1'));
  if (!match) throw new InvalidCursorError();
  return { at: Number(match[1]), id: match[2]! };
}
