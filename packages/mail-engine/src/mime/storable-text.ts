const LONE_SURROGATE = /\p{Surrogate}/u;
// eslint-disable-next-line no-control-regex -- these characters are what it is about
const CONTROLS = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f]/g;
// eslint-disable-next-line no-control-regex -- these characters are what it is about
const ALL_CONTROLS = /[\u0000-\u001f\u007f-\u009f]+/g;
/** Embeddings, overrides and isolates: they reorder text around them. Plain direction marks are left alone. */
const BIDI_CONTROLS = /[\u202a-\u202e\u2066-\u2069]/g;

/**
 * Text that every database takes: no NUL (PostgreSQL refuses it), no half characters (not encodable as UTF-8), at most
 * `maxChars`, never cut inside a character.
 */
export function storableText(text: string, maxChars: number): string {
  let result = text.length > maxChars ? text.slice(0, maxChars) : text;
  if (result.includes('\0')) result = result.replaceAll('\0', '');
  if (LONE_SURROGATE.test(result)) {
    const cut = text.length > maxChars && /[\ud800-\udbff]$/.test(result);
    result = Buffer.from(cut ? result.slice(0, -1) : result, 'utf8').toString('utf8');
  }
  return result;
}

/** One line without control characters: subjects, names. */
export function oneLine(text: string, maxChars: number): string {
  // Cut before the work, with room for what the cleaning removes.
  const line = text
    .slice(0, maxChars * 4)
    .replace(ALL_CONTROLS, ' ')
    .replace(/\s+/g, ' ')
    .trim();
  return storableText(line, maxChars);
}

/** One line that cannot reorder what is around it: names of people and files. */
export function displayName(text: string, maxChars: number): string {
  return oneLine(text.slice(0, maxChars * 4).replace(BIDI_CONTROLS, ''), maxChars);
}

/** Several lines without control characters other than tab and line ends. */
export function multiLine(text: string, maxChars: number): string {
  return storableText(text, maxChars).replace(CONTROLS, '');
}

/** A file name for showing and for a download header: no path, no tricks with direction, never empty. */
export function fileDisplayName(name: string, fallback: string): string {
  const clean = displayName(name.replace(/[/\\]+/g, '_'), 255).replace(/^\.+/, '');
  return clean === '' ? fallback : clean;
}
