import sanitize from 'sanitize-html';
import { filterSheet, filterStyle } from './css';
import { limitHtml } from './html-limits';
import { finishHtml } from './html-finish';
import { quoteMark } from './quote-marks';
import { contentIdOf, isSafeDataImage, safeHttpUrl, safeLink } from './safe-url';

/** Part of the cache key of sanitised HTML: raise it with every change of what comes out. */
export const SANITISER_VERSION = 1;

export interface SanitiseOptions {
  /** Addresses of inline pictures by content id (without angle brackets). `data-cid` is set in any case. */
  readonly cidUrls?: ReadonlyMap<string, string>;
  /** True applies remote content at once instead of parking it. */
  readonly showRemote?: boolean;
}

export interface SanitisedHtml {
  readonly html: string;
  /** True when something would be loaded from elsewhere. */
  readonly hasRemoteContent: boolean;
  /** How many references to remote content were parked. */
  readonly blocked: number;
  /** True when a part was left out because the mail is too long or nested too deep. */
  readonly truncated: boolean;
}

const TAGS = (
  'a abbr acronym address article aside b bdi bdo big blockquote br caption center cite code col colgroup dd del dfn dir div ' +
  'dl dt em figcaption figure font footer h1 h2 h3 h4 h5 h6 header hr i img ins kbd li main mark nav ol p pre q s samp section ' +
  'small span strike strong sub sup table tbody td tfoot th thead time tr tt u ul var wbr'
).split(' ');

/**
 * What stands between these tags is never text that a person should read. No others: one that is never closed would
 * take the rest of the mail with it, while text that is kept is always escaped.
 */
const DROPPED_WITH_CONTENT = ['script', 'style', 'title', 'textarea', 'xmp'];

const COMMON = ['align', 'bgcolor', 'class', 'dir', 'height', 'lang', 'title', 'valign', 'width'];
const BY_TAG: Readonly<Record<string, readonly string[]>> = {
  font: ['color', 'face', 'size'],
  img: ['alt', 'border', 'hspace', 'vspace'],
  ol: ['start', 'type'],
  table: ['border', 'cellpadding', 'cellspacing'],
  td: ['colspan', 'rowspan', 'nowrap'],
  th: ['colspan', 'rowspan', 'nowrap', 'scope'],
  col: ['span'],
  colgroup: ['span'],
};
/** Set by this program only: attributes of the same names in a mail are dropped with all others. */
const OURS = [
  'style',
  'href',
  'src',
  'rel',
  'target',
  'data-cid',
  'data-host',
  'data-quote',
  'data-link',
  'data-remote-src',
  'data-remote-style',
];

const VALUE_RULES: Readonly<Record<string, RegExp>> = {
  width: /^\d{1,5}(?:\.\d+)?(?:px|%)?$/,
  height: /^\d{1,5}(?:\.\d+)?(?:px|%)?$/,
  bgcolor: /^#?[\w]{1,30}$/,
  color: /^#?[\w]{1,30}$/,
  dir: /^(?:ltr|rtl|auto)$/i,
  class: /^[\w\s:.-]{1,500}$/,
  face: /^[\w\s,.'-]{1,200}$/,
  lang: /^[\w-]{1,35}$/,
};

/**
 * Makes the HTML of a mail safe to show in a sandboxed frame. Allow-lists only; what would be loaded from elsewhere is
 * parked: pictures in `data-remote-src`, styles in `data-remote-style` (to be appended to `style`), sheets in
 * `<style type="text/x-remote">` (to become `text/css`); `showRemoteContent` puts them in place. Links carry their
 * real host in `data-host` and a warning in `data-link` (`mismatch`: the text names another host; `punycode`).
 * Quoted text is marked with `data-quote`, see quote-marks. The result is the same for the same input.
 */
export function sanitiseHtml(html: string, options: SanitiseOptions = {}): SanitisedHtml {
  const limited = limitHtml(html);
  let blocked = 0;
  const transform: sanitize.Transformer = (tagName, given) => {
    const result = transformTag(tagName, given, options);
    blocked += result.blocked;
    return { tagName: result.tagName, attribs: result.attribs };
  };
  const body = sanitize(limited.html, {
    allowedTags: TAGS,
    nonTextTags: DROPPED_WITH_CONTENT,
    disallowedTagsMode: 'discard',
    allowedAttributes: { '*': [...COMMON, ...OURS], ...mutable(BY_TAG) },
    allowedSchemes: ['http', 'https', 'mailto', 'tel', 'data', 'blob'],
    allowProtocolRelative: false,
    parseStyleAttributes: false,
    transformTags: { '*': transform },
  });
  const sheets = sheetsOf(limited.html);
  if (sheets.remote !== '') blocked++;
  const remoteSheet = sheets.remote === '' ? '' : `<style type="text/x-remote">${sheets.remote}</style>`;
  const parked = (sheets.safe === '' ? '' : `<style>${sheets.safe}</style>`) + remoteSheet + finishHtml(body);
  return {
    html: options.showRemote ? showRemoteContent(parked) : parked,
    hasRemoteContent: blocked > 0,
    blocked,
    truncated: limited.truncated,
  };
}

/**
 * Puts parked remote content in place. Takes only what sanitiseHtml gave: there, angle brackets and quotes inside
 * attributes are always escaped, so that a tag can be told from text.
 */
export function showRemoteContent(sanitised: string): string {
  return sanitised
    .replaceAll('<style type="text/x-remote">', '<style>')
    .replace(/<[a-z][^<>]*\sdata-remote-[^<>]*>/g, (tag) => {
      const style = / data-remote-style="([^"]*)"/.exec(tag)?.[1];
      const shown = tag.replace(' data-remote-src="', ' src="').replace(/ data-remote-style="[^"]*"/, '');
      if (style === undefined) return shown;
      return / style="/.test(shown)
        ? shown.replace(/ style="([^"]*)"/, (_all, own: string) => ` style="${own};${style}"`)
        : shown.replace(/^<[a-z0-9]+/, (start) => `${start} style="${style}"`);
    });
}

interface Transformed {
  readonly tagName: string;
  readonly attribs: Record<string, string>;
  readonly blocked: number;
}

function transformTag(tagName: string, given: Readonly<Record<string, string>>, options: SanitiseOptions): Transformed {
  const attribs: Record<string, string> = {};
  for (const name of [...COMMON, ...(BY_TAG[tagName] ?? [])]) {
    const value = Object.hasOwn(given, name) ? given[name] : undefined;
    if (value !== undefined && value.length <= 2_000 && (VALUE_RULES[name]?.test(value.trim()) ?? true))
      attribs[name] = value;
  }
  const blocked = applyStyle(given, attribs) + (tagName === 'img' ? applyImage(given, attribs, options) : 0);
  if (tagName === 'a') applyLink(given, attribs);
  const mark = quoteMark(tagName, given);
  if (mark !== null) attribs['data-quote'] = mark;
  if (tagName !== 'body') return { tagName, attribs, blocked };
  return { tagName: 'div', attribs: { ...attribs, class: `mail-body ${attribs['class'] ?? ''}`.trim() }, blocked };
}

function applyStyle(given: Readonly<Record<string, string>>, attribs: Record<string, string>): number {
  const css = filterStyle(given['style'] ?? '');
  if (css.safe !== '') attribs['style'] = css.safe;
  const background = given['background'] === undefined ? null : safeHttpUrl(given['background']);
  const extra = background === null ? '' : filterStyle(`background-image:url("${background.href}")`).remote;
  const remote = [css.remote, extra].filter(Boolean).join(';');
  if (remote === '') return 0;
  attribs['data-remote-style'] = remote;
  return 1;
}

function applyImage(
  given: Readonly<Record<string, string>>,
  attribs: Record<string, string>,
  options: SanitiseOptions,
): number {
  const source = given['src'] ?? firstOfSrcset(given['srcset'] ?? '');
  const contentId = contentIdOf(source);
  if (contentId !== null) {
    attribs['data-cid'] = contentId;
    const url = options.cidUrls?.get(contentId);
    if (url !== undefined) attribs['src'] = url;
    return 0;
  }
  if (isSafeDataImage(source)) {
    attribs['src'] = source.trim();
    return 0;
  }
  const url = safeHttpUrl(source);
  if (url === null) return 0;
  attribs['data-remote-src'] = url.href;
  return 1;
}

function firstOfSrcset(srcset: string): string {
  return /^\s*([^\s,]{1,8192})/.exec(srcset)?.[1] ?? '';
}

function applyLink(given: Readonly<Record<string, string>>, attribs: Record<string, string>): void {
  const url = given['href'] === undefined ? null : safeLink(given['href']);
  if (url === null) return;
  attribs['href'] = url.href;
  attribs['rel'] = 'noopener noreferrer nofollow';
  attribs['target'] = '_blank';
  if (url.hostname !== '') attribs['data-host'] = url.hostname;
}

/** All style elements of the mail, filtered. Where they stand does not matter; what is found wrongly is filtered too. */
function sheetsOf(html: string): { safe: string; remote: string } {
  let safe = '';
  let remote = '';
  const lower = html.toLowerCase();
  for (let at = lower.indexOf('<style'); at >= 0;) {
    const start = lower.indexOf('>', at);
    const end = start < 0 ? -1 : lower.indexOf('</style', start);
    if (end < 0) break;
    const sheet = filterSheet(html.slice(start + 1, end));
    safe += sheet.safe;
    remote += sheet.remote;
    at = lower.indexOf('<style', end);
  }
  // The filter lets no angle bracket through except as a selector's combinator, which cannot begin a tag.
  return { safe, remote };
}

function mutable(record: Readonly<Record<string, readonly string[]>>): Record<string, string[]> {
  return Object.fromEntries(Object.entries(record).map(([tag, names]) => [tag, [...names]]));
}
