import { SignInError } from './aadsts';

export const GRAPH_RESOURCE = 'https://graph.microsoft.com/';
const OUTLOOK_RESOURCE = 'https://outlook.office.com/';

/** Scopes of the sign-in itself; they belong to no resource. */
export const SIGN_IN_SCOPES: ReadonlySet<string> = new Set(['openid', 'profile', 'email', 'offline_access']);

/** Graph's delegated permissions that the consent page knows, with the sentence a person reads. */
const GRAPH_TEXTS: Readonly<Record<string, string>> = {
  'User.Read': 'Sign you in and read your profile',
  'User.ReadBasic.All': "Read all users' basic profiles",
  'Mail.Read': 'Read your mail',
  'Mail.ReadBasic': 'Read basic mail',
  'Mail.ReadWrite': 'Read and write access to your mail',
  'Mail.Send': 'Send mail as you',
  'Mail.Read.Shared': 'Read mail you can access',
  'Mail.ReadWrite.Shared': 'Read and write mail you can access',
  'Mail.Send.Shared': 'Send mail on behalf of others or yourself',
  'MailboxSettings.Read': 'Read your mailbox settings',
  'MailboxSettings.ReadWrite': 'Read and write to your mailbox settings',
  'Calendars.Read': 'Read your calendars',
  'Calendars.ReadWrite': 'Have full access to your calendars',
  'Contacts.Read': 'Read your contacts',
  'Contacts.ReadWrite': 'Have full access of your contacts',
  'People.Read': 'Read your relevant people list',
};

const OUTLOOK_TEXTS: Readonly<Record<string, string>> = {
  'IMAP.AccessAsUser.All': 'Read and write access to mailboxes via IMAP',
  'POP.AccessAsUser.All': 'Read and write access to mailboxes via POP',
  'SMTP.Send': 'Send emails from your mailbox using SMTP AUTH',
};

/** What a work tenant whose policy blocks user consent still lets a person agree to. */
const LOW_IMPACT: ReadonlySet<string> = new Set([...SIGN_IN_SCOPES, 'User.Read']);

export interface RequestedScopes {
  /** In canonical spelling: `openid`, `Mail.ReadWrite`, `https://outlook.office.com/SMTP.Send`. */
  scopes: string[];
  resource: string;
  isDefault: boolean;
}

/**
 * Reads a `scope` parameter. Names are taken whatever their case, with or without Graph's address in front.
 * @throws SignInError 900144 (nothing asked), 70011 (unknown), 28000 (two resources), 500011 (unknown resource)
 */
export function parseScopes(text: string, registered: readonly string[]): RequestedScopes {
  const words = text.split(/\s+/).filter((word) => word !== '');
  if (words.length === 0) throw new SignInError(900144, { parameter: 'scope' });
  const scopes = new Set<string>();
  const resources = new Set<string>();
  let isDefault = false;
  for (const word of words) {
    if (SIGN_IN_SCOPES.has(word.toLowerCase())) {
      scopes.add(word.toLowerCase());
      continue;
    }
    const { resource, name } = splitScope(word);
    resources.add(resource);
    if (name === '.default') {
      isDefault = true;
      for (const scope of registered) scopes.add(scope);
    } else {
      scopes.add(canonical(resource, name, word));
    }
  }
  if (resources.size > 1) throw new SignInError(28000, { scope: text });
  if (resources.size === 0 && scopes.size === 1 && scopes.has('offline_access'))
    throw new SignInError(70011, { scope: text });
  return { scopes: [...scopes], resource: [...resources][0] ?? GRAPH_RESOURCE, isDefault };
}

function splitScope(word: string): { resource: string; name: string } {
  if (!/^\w+:\/\//.test(word)) return { resource: GRAPH_RESOURCE, name: word };
  const mark = word.lastIndexOf('/');
  const resource = word.slice(0, mark + 1).toLowerCase();
  if (resource !== GRAPH_RESOURCE && resource !== OUTLOOK_RESOURCE) throw new SignInError(500011, { resource });
  return { resource, name: word.slice(mark + 1) };
}

function canonical(resource: string, name: string, word: string): string {
  const texts = resource === GRAPH_RESOURCE ? GRAPH_TEXTS : OUTLOOK_TEXTS;
  const known = Object.keys(texts).find((scope) => scope.toLowerCase() === name.toLowerCase());
  if (known === undefined) throw new SignInError(70011, { scope: word });
  return resource === GRAPH_RESOURCE ? known : `${resource}${known}`;
}

export function scopeText(scope: string): string {
  if (scope === 'offline_access') return 'Maintain access to data you have given it access to';
  if (SIGN_IN_SCOPES.has(scope)) return 'View your basic profile';
  return GRAPH_TEXTS[scope] ?? OUTLOOK_TEXTS[scope.slice(OUTLOOK_RESOURCE.length)] ?? scope;
}

export function isLowImpact(scope: string): boolean {
  return LOW_IMPACT.has(scope);
}

/** Whether the scope belongs to the resource, or to none. */
export function belongsTo(scope: string, resource: string): boolean {
  if (SIGN_IN_SCOPES.has(scope)) return true;
  return scope.startsWith(OUTLOOK_RESOURCE) ? resource === OUTLOOK_RESOURCE : resource === GRAPH_RESOURCE;
}

/** The `scope` of a token answer: `offline_access` is never in it. */
export function echoScopes(scopes: readonly string[], spelling: 'short' | 'prefixed'): string {
  const named = scopes.filter((scope) => scope !== 'offline_access');
  if (spelling === 'short') return named.filter((scope) => !SIGN_IN_SCOPES.has(scope)).join(' ');
  return named
    .map((scope) => (SIGN_IN_SCOPES.has(scope) || scope.includes('://') ? scope : `${GRAPH_RESOURCE}${scope}`))
    .join(' ');
}
