import createDOMPurify from 'dompurify';

/**
 * The server's sanitiser parks the address of remote content in these attributes: `data-remote-src` for `src`, and so
 * on. They are put back only when the reader asks for images.
 */
const PARKED = ['src', 'srcset', 'background', 'poster', 'style'] as const;
export const parkedAttribute = (name: (typeof PARKED)[number]) => `data-remote-${name}`;

const REMOTE = /^\s*(?:https?:)?\/\//i;
const ALLOWED_ADDRESS = /^(?:https?:|mailto:|tel:|cid:|data:image\/(?:png|gif|jpe?g|webp|bmp|x-icon);|#)/i;

const FORBIDDEN_TAGS = [
  'form',
  'input',
  'button',
  'textarea',
  'select',
  'option',
  'iframe',
  'frame',
  'object',
  'embed',
  'svg',
  'math',
  'audio',
  'video',
  'source',
  'track',
  'base',
  'meta',
  'link',
  'dialog',
  'template',
  'slot',
  'portal',
];

const QUOTE_SELECTOR = [
  '[data-quoted]',
  '.gmail_quote',
  '.gmail_quote_container',
  'blockquote[type="cite"]',
  '.yahoo_quoted',
  '.moz-cite-prefix + blockquote',
  '#divRplyFwdMsg',
  '#appendonsend',
].join(',');

export interface PurifiedBody {
  html: string;
  /** Remote images that are held back. */
  heldBack: number;
  /** Content-IDs of inline images, as `<img data-cid>`. */
  contentIds: string[];
}

/** The second sanitiser, in the browser, independent of the server's. `label` names the control that unfolds quotes. */
export function purifyBody(html: string, options: { allowRemote: boolean; quoteLabel: string }): PurifiedBody {
  const purifier = createDOMPurify(window);
  const root = purifier.sanitize(html, {
    RETURN_DOM: true,
    FORBID_TAGS: FORBIDDEN_TAGS,
    FORBID_ATTR: ['ping', 'formaction', 'srcdoc', 'autofocus', 'contenteditable', 'tabindex', 'accesskey'],
    ALLOWED_URI_REGEXP: ALLOWED_ADDRESS,
    ALLOW_DATA_ATTR: true,
    WHOLE_DOCUMENT: false,
  }) as HTMLElement;

  let heldBack = 0;
  for (const name of PARKED) {
    for (const element of root.querySelectorAll(`[${parkedAttribute(name)}]`)) {
      const value = element.getAttribute(parkedAttribute(name)) ?? '';
      if (options.allowRemote && (name === 'style' || name === 'srcset' || REMOTE.test(value))) {
        element.setAttribute(name, value);
        element.removeAttribute(parkedAttribute(name));
      } else {
        heldBack += 1;
        element.setAttribute('data-held-back', '');
      }
    }
  }
  if (!options.allowRemote) {
    for (const image of root.querySelectorAll('img[src], img[srcset]')) {
      image.removeAttribute('srcset');
      if (!REMOTE.test(image.getAttribute('src') ?? '')) continue;
      image.removeAttribute('src');
      image.setAttribute('data-held-back', '');
      heldBack += 1;
    }
  }

  const contentIds = new Set<string>();
  for (const image of root.querySelectorAll('img[src^="cid:" i]')) {
    const contentId = contentIdOf(image.getAttribute('src') ?? '');
    image.removeAttribute('src');
    image.setAttribute('data-cid', contentId);
    contentIds.add(contentId);
  }
  for (const link of root.querySelectorAll('a[href]')) {
    link.setAttribute('target', '_blank');
    link.setAttribute('rel', 'noopener noreferrer');
  }
  foldQuotes(root, options.quoteLabel);
  return { html: root.innerHTML, heldBack, contentIds: [...contentIds] };
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

/** Puts the quoted history behind "…": `<details>` needs no script. */
function foldQuotes(root: HTMLElement, label: string): void {
  const quote = root.querySelector(QUOTE_SELECTOR);
  if (!quote || !hasTextBefore(root, quote)) return;
  const document = root.ownerDocument;
  const details = document.createElement('details');
  details.className = 'quoted';
  const summary = document.createElement('summary');
  summary.textContent = '•••';
  summary.setAttribute('aria-label', label);
  summary.setAttribute('title', label);
  details.append(summary);
  quote.before(details);
  // Outlook marks only where the history begins: everything behind it belongs to it.
  const takesRest = quote.id === 'divRplyFwdMsg' || quote.id === 'appendonsend';
  let node: ChildNode | null = details.nextSibling;
  while (node) {
    const next: ChildNode | null = takesRest ? node.nextSibling : null;
    details.append(node);
    node = next;
  }
}

function hasTextBefore(root: HTMLElement, element: Element): boolean {
  const range = root.ownerDocument.createRange();
  range.setStart(root, 0);
  range.setEndBefore(element);
  return range.toString().trim() !== '' || range.cloneContents().querySelector('img') !== null;
}
