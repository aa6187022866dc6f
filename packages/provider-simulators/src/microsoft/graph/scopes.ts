/** Which delegated permissions allow what; any one of a list is enough. */
export const SCOPES = {
  user: ['user.read', 'user.readwrite', 'user.readbasic.all', 'user.read.all'],
  read: ['mail.read', 'mail.readwrite'],
  write: ['mail.readwrite'],
  readSettings: ['mailboxsettings.read', 'mailboxsettings.readwrite'],
  writeSettings: ['mailboxsettings.readwrite'],
} as const;

/** Scopes in one spelling: without the resource, in lower case. */
export function normaliseScopes(scopes: Iterable<string>): Set<string> {
  const result = new Set<string>();
  for (const scope of scopes) result.add(scope.toLowerCase().replace(/^https:\/\/[^/]+\//, ''));
  return result;
}
