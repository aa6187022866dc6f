/** Types that a page may show from a blob; everything else is only ever saved. */
const SHOWN = new Set(['image/png', 'image/jpeg', 'image/gif', 'image/webp', 'image/avif', 'image/bmp']);

const FALLBACK = 'attachment';

/**
 * Headers of a download whose name and type came by mail and are not trusted: always an attachment, never sniffed,
 * nothing but a picture's type is repeated, and the name is encoded (RFC 6266 with RFC 5987) so that no character of it
 * can end the header or leave the folder that the browser saves to.
 */
export function downloadHeaders(fileName: string, mimeType: string): Record<string, string> {
  const name = safeFileName(fileName);
  const ascii = name.replace(/[^\x20-\x7e]/g, '_').replace(/["\\%]/g, '_');
  const type = mimeType.trim().toLowerCase();
  return {
    'Content-Type': SHOWN.has(type) ? type : 'application/octet-stream',
    'Content-Disposition': `attachment; filename="${ascii}"; filename*=UTF-8''${encodeRfc5987(name)}`,
    'X-Content-Type-Options': 'nosniff',
    'Content-Security-Policy': "default-src 'none'; sandbox",
    'Cache-Control': 'private, no-store',
  };
}

/** A name without folders, controls, invisible direction marks and leading dots; never empty, at most 200 characters. */
export function safeFileName(fileName: string): string {
  const last = fileName.split(/[\\/]/).at(-1) ?? '';
  const clean = last
    .normalize('NFC')
    .replace(/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu, '')
    .replace(/[<>:"|?*]/g, '_')
    .trim()
    .replace(/^\.+/, '')
    .replace(/[. ]+$/, '');
  if (clean === '') return FALLBACK;
  const characters = [...clean];
  if (characters.length <= 200) return clean;
  const extension = /\.[^.]{1,16}$/.exec(clean)?.[0] ?? '';
  return characters.slice(0, 200 - extension.length).join('') + extension;
}

function encodeRfc5987(value: string): string {
  return encodeURIComponent(value).replace(
    /['()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}
