import createDOMPurify from 'dompurify';

const REMOTE = /^\s*(?:https?:)?\/\//i;
const ALLOWED_ADDRESS = /^(?:https?:|mailto:|tel:|cid:|data:image\/(?:png|gif|jpe?g|webp|bmp|x-icon);|#)/i;

const FORBIDDEN_TAGS =
  'form input button textarea select option iframe frame object embed svg math audio video source track base meta link dialog template slot'.split(
    ' ',
  );

export interface PurifiedBody {
  html: string;
  /** References to the internet that are held back. */
  heldBack: number;
}

/**
 * The second sanitiser, in the browser, independent of the server's. The server parks remote content: pictures in
 * `data-remote-src`, styles in `data-remote-style`, sheets in `<style type="text/x-remote">`; it is put back here only
 * when the reader asks for images. `quoteLabel` names the control that unfolds quoted text.
 */
export function purifyBody(html: string, options: { allowRemote: boolean; quoteLabel: string }): PurifiedBody {
  const root = createDOMPurify(window).sanitize(html, {
    RETURN_DOM: true,
    // Without it a style sheet at the beginning would be moved to a head, and lost.
    FORCE_BODY: true,
    FORBID_TAGS: FORBIDDEN_TAGS,
    FORBID_ATTR: ['ping', 'formaction', 'srcdoc', 'srcset', 'autofocus', 'contenteditable', 'tabindex', 'accesskey'],
    ALLOWED_URI_REGEXP: ALLOWED_ADDRESS,
    ALLOW_DATA_ATTR: true,
  }) as HTMLElement;

  const heldBack = options.allowRemote ? 0 : holdBack(root);
  if (options.allowRemote) putBack(root);
  for (const image of root.querySelectorAll('img[src^="cid:" i]')) {
    image.setAttribute('data-cid', contentIdOf(image.getAttribute('src') ?? ''));
    image.removeAttribute('src');
  }
  for (const link of root.querySelectorAll('a[href]')) {
    link.setAttribute('target', '_blank');
    link.setAttribute('rel', 'noopener noreferrer nofollow');
  }
  foldQuotes(root, options.quoteLabel);
  return { html: root.innerHTML, heldBack };
}

/** Marks what is parked, and takes out what the server should have parked: the policy would stop it anyway. */
function holdBack(root: HTMLElement): number {
  const parked = root.querySelectorAll('[data-remote-src], [data-remote-style], style[type="text/x-remote"]');
  for (const element of parked) {
    if (element.localName === 'style') element.remove();
    else if (element.localName === 'img') element.setAttribute('data-held-back', '');
  }
  let heldBack = parked.length;
  for (const image of root.querySelectorAll('img[src]')) {
    if (!REMOTE.test(image.getAttribute('src') ?? '')) continue;
    image.removeAttribute('src');
    image.setAttribute('data-held-back', '');
    heldBack += 1;
  }
  return heldBack;
}

function putBack(root: HTMLElement): void {
  for (const element of root.querySelectorAll('[data-remote-src]')) {
    const address = element.getAttribute('data-remote-src') ?? '';
    if (REMOTE.test(address)) element.setAttribute('src', address);
    element.removeAttribute('data-remote-src');
  }
  for (const element of root.querySelectorAll('[data-remote-style]')) {
    const own = element.getAttribute('style');
    element.setAttribute('style', [own, element.getAttribute('data-remote-style')].filter(Boolean).join(';'));
    element.removeAttribute('data-remote-style');
  }
  for (const sheet of root.querySelectorAll('style[type="text/x-remote"]')) sheet.removeAttribute('type');
}

/** `cid:%3Cimage1%40host%3E` and `cid:image1@host` are the same image. */
export function contentIdOf(address: string): string {
  const raw = address.replace(/^cid:/i, '');
  let decoded = raw;
  try {
    decoded = decodeURIComponent(raw);
  } catch {
    // A stray % is part of the id.
  }
  return decoded.replace(/^<|>$/g, '').trim();
}

/**
 * Puts quoted text behind "•••"; `<details>` needs no script. The server marks it with `data-quote`: `block` (this
 * element), `rest` (from here to the end), `intro` (the line above a block, folded with it).
 */
function foldQuotes(root: HTMLElement, label: string): void {
  for (const quote of root.querySelectorAll('[data-quote]')) {
    if (quote.closest('details.quoted')) continue;
    const mark = quote.getAttribute('data-quote');
    const next = quote.nextElementSibling;
    if (mark === 'intro' && next?.getAttribute('data-quote') !== 'block') continue;
    const details = foldBefore(quote, label);
    if (mark === 'intro' && next) details.append(quote, next);
    else if (mark === 'rest') while (details.nextSibling) details.append(details.nextSibling);
    else details.append(quote);
  }
}

function foldBefore(quote: Element, label: string): HTMLElement {
  const document = quote.ownerDocument;
  const details = document.createElement('details');
  details.className = 'quoted';
  const summary = document.createElement('summary');
  summary.textContent = '•••';
  summary.setAttribute('aria-label', label);
  summary.setAttribute('title', label);
  details.append(summary);
  quote.before(details);
  return details;
}
