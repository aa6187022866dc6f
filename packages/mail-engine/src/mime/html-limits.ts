import { Parser, Tokenizer } from 'htmlparser2';

/** Deeper nesting than any real mail; parsers and browsers slow down with depth. */
export const MAX_DEPTH = 200;
export const MAX_HTML_CHARS = 8 * 1024 * 1024;

export interface LimitedHtml {
  readonly html: string;
  /** True when something was left out because it was too long or too deep. */
  readonly truncated: boolean;
  /** Elementary steps taken, for the test that the work grows with the length and not faster. */
  readonly steps: number;
}

/**
 * Cuts what is too long, and from the first tag that is nested too deep keeps the text alone. The depth is the one that
 * the sanitiser's own parser sees (the same class reads here), so its work for each tag, which grows with its stack,
 * is bounded.
 */
export function limitHtml(given: string): LimitedHtml {
  const input = given.length > MAX_HTML_CHARS ? given.slice(0, MAX_HTML_CHARS) : given;
  const { deepAt, steps } = findTooDeep(input);
  if (deepAt === null) return { html: input, truncated: input.length < given.length, steps };
  const rest = textOf(input.slice(deepAt));
  return { html: input.slice(0, deepAt) + rest.text, truncated: true, steps: steps + rest.steps };
}

function findTooDeep(input: string): { deepAt: number | null; steps: number } {
  let depth = 0;
  let steps = 0;
  let deepAt: number | null = null;
  const parser = new Parser(
    {
      onopentagname() {
        steps += 1 + Math.min(depth, MAX_DEPTH);
        depth++;
        if (depth <= MAX_DEPTH || deepAt !== null) return;
        deepAt = parser.startIndex;
        parser.pause();
      },
      onclosetag() {
        steps++;
        depth--;
      },
      ontext() {
        steps++;
      },
    },
    // As the sanitiser sets it.
    { decodeEntities: true },
  );
  parser.write(input);
  return { deepAt, steps };
}

const HIDDEN_TEXT = new Set(['script', 'style', 'title', 'textarea', 'noscript', 'xmp', 'template']);

/** The text of an HTML fragment, still escaped, without any tag. Needs no stack. */
function textOf(fragment: string): { text: string; steps: number } {
  const out: string[] = [];
  let hidden: string | null = null;
  let steps = 0;
  const nothing = (): void => {
    steps++;
  };
  const keep = (start: number, end: number): void => {
    steps++;
    if (hidden === null) out.push(fragment.slice(start, end).replaceAll('<', '&lt;'));
  };
  const tokenizer = new Tokenizer(
    { decodeEntities: false },
    {
      ontext: keep,
      onopentagname(start, end) {
        steps++;
        const name = fragment.slice(start, end).toLowerCase();
        if (hidden === null && HIDDEN_TEXT.has(name)) hidden = name;
      },
      onclosetag(start, end) {
        steps++;
        if (hidden !== null && fragment.slice(start, end).trim().toLowerCase() === hidden) hidden = null;
        out.push(' ');
      },
      onopentagend: nothing,
      onselfclosingtag: nothing,
      onattribdata: nothing,
      onattribentity: nothing,
      onattribend: nothing,
      onattribname: nothing,
      oncdata: nothing,
      oncomment: nothing,
      ondeclaration: nothing,
      onend: nothing,
      onprocessinginstruction: nothing,
      ontextentity: nothing,
    },
  );
  tokenizer.write(fragment);
  tokenizer.end();
  return { text: out.join(''), steps };
}
