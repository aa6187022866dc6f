import postcss, { type ChildNode, type Container } from 'postcss';
import { safeHttpUrl } from './safe-url';

const PROPERTY =
  /^(?:color|background(?:-color|-image|-position|-repeat|-size)?|font(?:-family|-size|-style|-weight|-variant|-stretch)?|text-(?:align|decoration|decoration-color|decoration-line|decoration-style|indent|overflow|shadow|transform)|line-height|letter-spacing|word-(?:break|spacing|wrap)|overflow-wrap|white-space|vertical-align|direction|(?:min-|max-)?(?:width|height)|margin(?:-(?:top|right|bottom|left))?|padding(?:-(?:top|right|bottom|left))?|border(?:-(?:top|right|bottom|left))?(?:-(?:color|style|width))?|border-(?:collapse|spacing|radius)|border-(?:top|bottom)-(?:left|right)-radius|box-sizing|box-shadow|display|float|clear|overflow|opacity|list-style(?:-type|-position|-image)?|table-layout|caption-side|empty-cells|visibility|hyphens|tab-size|object-fit)$/;
const URL_PROPERTY = /^(?:background|background-image|list-style|list-style-image)$/;
const FONT_FACE_PROPERTY = /^(?:font-family|font-style|font-weight|font-stretch|unicode-range|src|font-display)$/;
const FUNCTIONS = new Set(['rgb', 'rgba', 'hsl', 'hsla', 'calc', 'min', 'max', 'clamp', 'format', 'local']);
/** Escapes and comments hide words; braces, angle brackets and at signs have no place in a value. */
const SUSPICIOUS = /[\\<>{}@]|\/\*|\*\/|expression|javascript|vbscript|behaviou?r|binding|image-set/i;
const URL_FUNCTION = /url\(\s*(?:"([^"]*)"|'([^']*)'|([^"'()\s]*))\s*\)/gi;
const MAX_VALUE = 2_000;
const MAX_SHEET = 200_000;
const MAX_SELECTOR = 1_000;

export interface FilteredCss {
  /** What may be applied at once. */
  readonly safe: string;
  /** What loads something from elsewhere, for when the reader asks for it; empty when there is nothing. */
  readonly remote: string;
}

type Verdict = { readonly kind: 'safe' | 'remote'; readonly text: string } | null;

function filterDeclaration(property: string, value: string, allowed: RegExp, urls: RegExp): Verdict {
  const name = property.trim().toLowerCase();
  const text = value.trim();
  if (!allowed.test(name) || text === '' || text.length > MAX_VALUE || SUSPICIOUS.test(text)) return null;
  if (count(text, '"') % 2 !== 0 || count(text, "'") % 2 !== 0) return null;
  const wanted = (text.match(/url\s*\(/gi) ?? []).length;
  let found = 0;
  let usable = urls.test(name) || wanted === 0;
  const rewritten = text.replace(URL_FUNCTION, (_all, double?: string, single?: string, bare?: string) => {
    found++;
    const url = safeHttpUrl(double ?? single ?? bare ?? '');
    if (url === null) usable = false;
    return url === null ? '' : `url("${escapeUrl(url.href)}")`;
  });
  if (!usable || found !== wanted) return null;
  for (const [, functionName] of rewritten.replace(/"[^"]*"/g, '').matchAll(/([a-z-]+)\s*\(/gi)) {
    if (functionName && functionName.toLowerCase() !== 'url' && !FUNCTIONS.has(functionName.toLowerCase())) return null;
  }
  return { kind: wanted === 0 ? 'safe' : 'remote', text: `${name}:${rewritten}` };
}

function escapeUrl(href: string): string {
  return href.replace(/["'()\\]/g, (c) => `%${c.charCodeAt(0).toString(16)}`);
}

function count(text: string, character: string): number {
  return text.split(character).length - 1;
}

/** Filters a style attribute: known properties with harmless values; those that load something are kept apart. */
export function filterStyle(style: string): FilteredCss {
  const safe: string[] = [];
  const remote: string[] = [];
  for (const declaration of splitDeclarations(style.slice(0, 20_000))) {
    const colon = declaration.indexOf(':');
    if (colon < 0) continue;
    const verdict = filterDeclaration(
      declaration.slice(0, colon),
      declaration.slice(colon + 1),
      PROPERTY,
      URL_PROPERTY,
    );
    if (verdict) (verdict.kind === 'safe' ? safe : remote).push(verdict.text);
  }
  return { safe: safe.join(';'), remote: remote.join(';') };
}

/** Splits at semicolons outside quotes and parentheses. */
function splitDeclarations(style: string): string[] {
  const parts: string[] = [];
  let from = 0;
  let quote = '';
  let depth = 0;
  for (let i = 0; i < style.length; i++) {
    const c = style[i] as string;
    if (quote !== '') {
      if (c === quote) quote = '';
    } else if (c === '"' || c === "'") quote = c;
    else if (c === '(') depth++;
    else if (c === ')') depth = Math.max(0, depth - 1);
    else if (c === ';' && depth === 0) {
      parts.push(style.slice(from, i));
      from = i + 1;
    }
  }
  parts.push(style.slice(from));
  return parts;
}

/** Filters a style sheet: plain rules, and those inside @media; @font-face only as remote content; nothing else. */
export function filterSheet(css: string): FilteredCss {
  if (css.length > MAX_SHEET) return { safe: '', remote: '' };
  // Sheets in mail are often wrapped in an HTML comment for clients of another age.
  const plain = css.replace(/<!--|-->/g, ' ');
  try {
    return filterRules(postcss.parse(plain), true);
  } catch {
    return { safe: '', remote: '' };
  }
}

function filterRules(container: Container, isTop: boolean): FilteredCss {
  let safe = '';
  let remote = '';
  container.each((node: ChildNode) => {
    if (node.type === 'rule') {
      const selector = safeSelector(node.selector);
      if (selector === null) return;
      const parts = declarationsOf(node, PROPERTY, URL_PROPERTY);
      if (parts.safe !== '') safe += `${selector}{${parts.safe}}`;
      if (parts.remote !== '') remote += `${selector}{${parts.remote}}`;
    } else if (node.type === 'atrule' && node.name.toLowerCase() === 'media' && isTop) {
      if (!/^[\w\s():,.\-/]{0,200}$/.test(node.params) || node.nodes === undefined) return;
      const inner = filterRules(node, false);
      if (inner.safe !== '') safe += `@media ${node.params}{${inner.safe}}`;
      if (inner.remote !== '') remote += `@media ${node.params}{${inner.remote}}`;
    } else if (node.type === 'atrule' && node.name.toLowerCase() === 'font-face' && isTop) {
      const parts = declarationsOf(node, FONT_FACE_PROPERTY, /^src$/);
      if (parts.remote !== '') remote += `@font-face{${[parts.safe, parts.remote].filter(Boolean).join(';')}}`;
    }
  });
  return { safe, remote };
}

function declarationsOf(container: Container, allowed: RegExp, urls: RegExp): FilteredCss {
  const parts: { safe: string[]; remote: string[] } = { safe: [], remote: [] };
  container.each((node) => {
    if (node.type !== 'decl') return;
    const verdict = filterDeclaration(node.prop, node.value, allowed, urls);
    if (verdict) parts[verdict.kind].push(verdict.text + (node.important ? ' !important' : ''));
  });
  return { safe: parts.safe.join(';'), remote: parts.remote.join(';') };
}

/** The mail's body is a division of ours, so what is said of body and html is said of that. */
function safeSelector(selector: string): string | null {
  if (selector.length > MAX_SELECTOR || !/^[\w\s.#:>+~*,\-[\]="'()|^$]*$/.test(selector)) return null;
  return selector.replace(/(^|[\s,>+~])(?:html|body)(?=$|[\s,>+~.:#[])/gi, '$1.mail-body');
}
