const ESCAPES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

export function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => ESCAPES[character] ?? character);
}

const WEB_ADDRESS = /\bhttps?:\/\/[^\s<>"']+/g;
const TRAILING = /[.,;:!?)\]}»”’]+$/;

function linked(line: string): string {
  let result = '';
  let position = 0;
  for (const match of line.matchAll(WEB_ADDRESS)) {
    const address = match[0].replace(TRAILING, '');
    result += escapeHtml(line.slice(position, match.index));
    result += `<a href="${escapeHtml(address)}">${escapeHtml(address)}</a>`;
    position = match.index + address.length;
  }
  return result + escapeHtml(line.slice(position));
}

const QUOTED = /^\s?>/;
const INTRODUCTION = /:\s*$/;

/**
 * Where the quoted end of a text begins: the last run of lines with `>` that reaches the end (blank lines aside),
 * together with the line that introduces it ("On … Anna wrote:"). -1 when nothing, or everything, is quoted.
 */
export function quotedTailStart(lines: readonly string[]): number {
  let index = lines.length - 1;
  while (index >= 0 && (lines[index]?.trim() === '' || QUOTED.test(lines[index] ?? ''))) index -= 1;
  const hasQuote = lines.slice(index + 1).some((line) => QUOTED.test(line));
  if (!hasQuote || index < 0) return -1;
  if (!INTRODUCTION.test(lines[index] ?? '')) return index + 1;
  // The introduction may be wrapped into two lines.
  const start =
    index > 0 && /\S/.test(lines[index - 1] ?? '') && !/[.!?]\s*$/.test(lines[index - 1] ?? '') ? index - 1 : index;
  return start > 0 ? start : -1;
}

/** Plain text as safe HTML: line breaks kept, web addresses linked, the quoted end inside `<div data-quote="block">`. */
export function plainTextToHtml(text: string): string {
  const lines = text.replace(/\r\n?/g, '\n').split('\n');
  const start = quotedTailStart(lines);
  const block = (part: readonly string[]) => `<div class="plain">${part.map(linked).join('\n')}</div>`;
  if (start === -1) return block(lines);
  return `${block(lines.slice(0, start))}<div data-quote="block">${block(lines.slice(start))}</div>`;
}
