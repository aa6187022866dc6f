import { isUtf8 } from 'node:buffer';

/** Names that senders use for something else than what they write (provider facts §6). */
const ALIASES: ReadonlyMap<string, string> = new Map([
  ['gb2312', 'gb18030'],
  ['gbk', 'gb18030'],
  ['x-gbk', 'gb18030'],
  ['cp936', 'gb18030'],
  ['iso-8859-1', 'windows-1252'],
  ['latin1', 'windows-1252'],
  ['us-ascii', 'windows-1252'],
  ['ascii', 'windows-1252'],
  ['ks_c_5601-1987', 'euc-kr'],
  ['ks_c_5601', 'euc-kr'],
  ['ks_c_5601-1989', 'euc-kr'],
  ['cp1251', 'windows-1251'],
  ['cp1252', 'windows-1252'],
  ['cp932', 'shift_jis'],
  ['cp949', 'euc-kr'],
  ['cp950', 'big5'],
  ['utf8', 'utf-8'],
]);

/** Charsets that write other scripts in seven bits, so that their bytes always look like UTF-8. */
const SEVEN_BIT = /^(iso-2022-|hz-gb)/;
const ESCAPE = 0x1b;

/**
 * Text of a part. Gmail gives text transcoded to UTF-8 while the header keeps the old charset, and sometimes does not
 * transcode: UTF-8 wins when the bytes are valid UTF-8, the declared charset is the fallback, and windows-1252, which
 * can read anything, the last resort. Never throws.
 */
export function decodeText(bytes: Uint8Array, declared: string | null): string {
  const charset = normalise(declared);
  if (charset !== null && SEVEN_BIT.test(charset) && bytes.includes(ESCAPE)) {
    const text = tryDecode(bytes, charset);
    if (text !== null) return text;
  }
  if (isUtf8(bytes)) {
    const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8');
    return text.startsWith('\ufeff') ? text.slice(1) : text;
  }
  return (charset === null ? null : tryDecode(bytes, charset)) ?? tryDecode(bytes, 'windows-1252') ?? '';
}

/** The charset parameter of a Content-Type value, or null. */
export function charsetOf(contentType: string | null): string | null {
  return /;\s*charset\s*=\s*"?([^";\s]{1,60})/i.exec(contentType ?? '')?.[1] ?? null;
}

function normalise(declared: string | null): string | null {
  if (declared === null) return null;
  const name = declared.trim().toLowerCase();
  return ALIASES.get(name) ?? name;
}

/** What windows-1252 writes at 0x80 to 0x9f, where ISO 8859-1 has control characters. */
const WINDOWS_1252 = '€\u0081‚ƒ„…†‡ˆ‰Š‹Œ\u008dŽ\u008f\u0090‘’“”•–—˜™š›œ\u009džŸ';

function tryDecode(bytes: Uint8Array, charset: string): string | null {
  if (charset === 'windows-1252') {
    // Node 20's own decoder takes this charset for ISO 8859-1.
    const latin = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1');
    return latin.replace(/[\u0080-\u009f]/g, (c) => WINDOWS_1252[c.charCodeAt(0) - 0x80] ?? c);
  }
  try {
    return new TextDecoder(charset).decode(bytes);
  } catch {
    return null;
  }
}
