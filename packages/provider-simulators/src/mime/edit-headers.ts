/** Header fields of a message as they stand: folded lines kept together, in order, one character per byte. */
function splitFields(head: string): string[] {
  const fields: string[] = [];
  for (const line of head.split(/\r?\n/)) {
    const last = fields.length - 1;
    if (/^[ \t]/.test(line) && last >= 0) fields[last] = `${fields[last] ?? ''}\r\n${line}`;
    else if (line !== '') fields.push(line);
  }
  return fields;
}

/** Removes header fields and puts others on top; the body is not touched. Names are compared without case. */
export function editHeaders(
  raw: Buffer,
  remove: readonly string[],
  add: readonly [name: string, value: string][],
): Buffer {
  const text = raw.toString('latin1');
  const end = /\r?\n\r?\n/.exec(text);
  const head = end ? text.slice(0, end.index) : text;
  const gone = new Set([...remove, ...add.map(([name]) => name)].map((name) => name.toLowerCase()));
  const kept = splitFields(head).filter((field) => !gone.has(field.slice(0, field.indexOf(':')).trim().toLowerCase()));
  const lines = [...add.map(([name, value]) => `${name}: ${value}`), ...kept];
  const body = end ? text.slice(end.index + end[0].length) : '';
  return Buffer.from(`${lines.join('\r\n')}\r\n\r\n${body}`, 'latin1');
}

/** The mailboxes of address headers, lower case, without names. Enough for well-formed mail. */
export function addressesOf(values: readonly (string | undefined)[]): string[] {
  const found: string[] = [];
  for (const value of values) {
    const unquoted = (value ?? '').replace(/"(?:[^"\\]|\\.)*"(?!@)/g, '');
    for (const part of unquoted.split(/[,;]/)) {
      const address = /<([^<>\s]+@[^<>\s]+)>/.exec(part)?.[1] ?? /([^\s<>:"]+@[^\s<>"]+)\s*$/.exec(part)?.[1];
      if (address !== undefined) found.push(address.toLowerCase());
    }
  }
  return [...new Set(found)];
}
