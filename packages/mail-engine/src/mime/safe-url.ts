/** Characters that browsers ignore inside a scheme, and invisible ones that hide what an address is. */
// eslint-disable-next-line no-control-regex -- these characters are what it is about
const IGNORED = /[\u0000-\u0020\u007f-\u00a0\u00ad\u200b-\u200f\u2028-\u202f\u2060-\u206f\ufeff]/g;
const MAX_URL = 8_192;

function parse(raw: string): URL | null {
  if (raw.length > MAX_URL) return null;
  const text = raw.replace(IGNORED, '');
  try {
    return new URL(text.startsWith('//') ? `https:${text}` : text);
  } catch {
    return null;
  }
}

/** An absolute http(s) address in its normal form (international names as punycode), or null. */
export function safeHttpUrl(raw: string): URL | null {
  const url = parse(raw);
  return url !== null && (url.protocol === 'http:' || url.protocol === 'https:') && url.hostname !== '' ? url : null;
}

/** An address that a link may have, or null: http(s), mailto, tel. There is no base to resolve relative ones against. */
export function safeLink(raw: string): URL | null {
  const url = parse(raw);
  if (url === null) return null;
  return url.protocol === 'mailto:' || url.protocol === 'tel:' ? url : safeHttpUrl(raw);
}

/** The content id of a `cid:` address, or null. */
export function contentIdOf(raw: string): string | null {
  const match = /^\s*cid:(.{1,998})$/is.exec(raw);
  if (!match?.[1]) return null;
  try {
    return decodeURIComponent(match[1].trim());
  } catch {
    return match[1].trim();
  }
}

const DATA_IMAGE = /^data:image\/(?:png|gif|jpe?g|webp|bmp);base64,[a-z0-9+/=\s]*$/i;
const MAX_DATA_URL = 2 * 1024 * 1024;

/** Pictures inside the text itself: bitmaps only, since SVG can hold scripts. */
export function isSafeDataImage(raw: string): boolean {
  return raw.length <= MAX_DATA_URL && DATA_IMAGE.test(raw.trimStart().slice(0, MAX_DATA_URL));
}
