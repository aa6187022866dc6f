/**
 * Where mail programs put what they quote. `block`: the element holds quoted text. `rest`: quoted text begins with this
 * element and goes on to the end of the mail (Outlook). `intro`: the line above a quotation ("On … wrote:").
 * finishHtml keeps a mark only where folding it leaves the person's own words in view.
 */
export type QuoteMark = 'block' | 'rest' | 'intro';

/** Classes of Gmail, Yahoo, Thunderbird, Proton, Zimbra, Zoho, iCloud, Tutanota, GMX, QQ, HEY and the like. */
const BLOCK_CLASSES = new Set([
  'gmail_quote',
  'gmail_quote_container',
  'yahoo_quoted',
  'protonmail_quote',
  'tutanota_quote',
  'zmail_extra',
  'moz-forward-container',
  'yahoo-quoted-begin',
  'ymail_android_signature_quoted',
  'hey_quote',
  'front-blockquote',
  'sh-quoted-text',
]);
const INTRO_CLASSES = new Set(['moz-cite-prefix', 'gmail_attr']);
const REST_IDS = new Set([
  'divrplyfwdmsg',
  'appendonsend',
  'x_divrplyfwdmsg',
  'x_appendonsend',
  'reply-intro',
  'ms-outlook-mobile-body-separator-line',
]);
const BLOCK_IDS = new Set([
  'olk_src_body_section',
  'mail-editor-reference-message-container',
  'isforwardcontent',
  'replymessage',
]);

/** A candidate mark for an element of the mail as it came. */
export function quoteMark(tagName: string, attribs: Readonly<Record<string, string>>): QuoteMark | null {
  const id = (attribs['id'] ?? '').toLowerCase();
  if (REST_IDS.has(id)) return 'rest';
  if (BLOCK_IDS.has(id)) return 'block';
  const classes = (attribs['class'] ?? '').toLowerCase().split(/\s+/);
  if (classes.some((name) => BLOCK_CLASSES.has(name))) return 'block';
  if (tagName === 'blockquote' && (attribs['type'] ?? '').toLowerCase() === 'cite') return 'block';
  if (classes.some((name) => INTRO_CLASSES.has(name))) return 'intro';
  // Outlook on the desktop draws a line above the headers of what it quotes and gives it no name.
  const style = (attribs['style'] ?? '').toLowerCase().replace(/\s+/g, '');
  if (tagName === 'div' && /^border:none;border-top:solid#(?:e1e1e1|b5c4df)1\.0pt;padding:3\.0pt0/.test(style))
    return 'rest';
  return null;
}
