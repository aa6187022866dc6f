export interface EmailAddress {
  name: string;
  address: string;
}

/** Reads an address header as Exchange would show it. Nothing in a header makes it throw; groups are flattened. */
export function parseAddresses(header: string): EmailAddress[] {
  const result: EmailAddress[] = [];
  let pending = '';
  for (const piece of splitList(header)) {
    const text = (pending === '' ? piece : `${pending}, ${piece}`).trim();
    pending = '';
    if (text === '') continue;
    const angled = /^(.*)<([^<>]*)>[^<>]*$/s.exec(text);
    if (angled) {
      const address = (angled[2] ?? '').trim();
      const name = unquote(angled[1] ?? '');
      result.push({ name: name === '' ? address : name, address });
    } else if (/^\S+@\S+$/.test(text)) {
      result.push({ name: text, address: text });
    } else {
      // A decoded display name may hold a comma: what has no address belongs to what follows.
      pending = text;
    }
  }
  if (pending !== '') result.push({ name: unquote(pending), address: '' });
  return result;
}

function splitList(header: string): string[] {
  const pieces: string[] = [];
  let start = 0;
  let quoted = false;
  let depth = 0;
  for (let i = 0; i < header.length; i++) {
    const c = header[i];
    if (quoted) {
      if (c === '\\') i++;
      else if (c === '"') quoted = false;
    } else if (c === '"') quoted = true;
    else if (c === '(') depth++;
    else if (c === ')') depth = Math.max(0, depth - 1);
    else if (depth === 0 && c === ':' && !header.slice(start, i).includes('<')) start = i + 1;
    else if (depth === 0 && (c === ',' || c === ';')) {
      pieces.push(header.slice(start, i));
      start = i + 1;
    }
  }
  pieces.push(header.slice(start));
  return pieces.map((piece) => piece.replace(/\([^()]*\)/g, ''));
}

function unquote(text: string): string {
  const trimmed = text.trim();
  const inner = /^"(.*)"$/s.exec(trimmed)?.[1];
  return (inner ?? trimmed).replace(/\\(.)/g, '$1');
}
