/** Narrow reading of answers that nobody promised: a wrong type is the same as nothing there. */
export type JsonRecord = Readonly<Record<string, unknown>>;

export function isRecord(value: unknown): value is JsonRecord {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** An own property of an object; never something inherited, whatever the name. */
export function field(value: unknown, name: string): unknown {
  return isRecord(value) && Object.hasOwn(value, name) ? value[name] : undefined;
}

export function stringField(value: unknown, name: string): string | null {
  const found = field(value, name);
  return typeof found === 'string' ? found : null;
}

export function arrayField(value: unknown, name: string): readonly unknown[] {
  const found = field(value, name);
  return Array.isArray(found) ? found : [];
}

/** A number, or a string of digits as Google writes 64-bit ones; null when it is neither or not finite. */
export function numberField(value: unknown, name: string): number | null {
  const found = field(value, name);
  if (typeof found === 'number') return Number.isFinite(found) ? found : null;
  if (typeof found !== 'string' || !/^-?\d{1,20}$/.test(found)) return null;
  return Number(found);
}
