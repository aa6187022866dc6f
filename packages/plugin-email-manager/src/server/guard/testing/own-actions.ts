import type { Path } from './leak-paths';
import type { LeakWorld, Mailbox } from './leak-world';

/** How an action of ours is aimed at a stranger's mailbox; null for actions that name no row. */
type Aim = keyof Mailbox | null;

/**
 * Every action that the plugin itself serves. An action that is missing here fails the leak matrix: whoever adds one
 * says which rows it names, and the matrix then aims it at a stranger's.
 */
export const OWN_ACTIONS: Readonly<Record<string, Aim>> = {
  'mailAccounts:adminList': null,
  'mailAccounts:destroy': 'account',
  'mailAccounts:estimates': 'account',
  'mailAccounts:get': 'account',
  'mailAccounts:handOver': 'account',
  'mailAccounts:list': null,
  'mailAccounts:pause': 'account',
  'mailAccounts:repair': 'account',
  'mailAccounts:resume': 'account',
  'mailAccounts:resync': 'account',
  'mailAccounts:sync': 'account',
  'mailAccounts:touch': 'account',
  'mailAccounts:update': 'account',
  'mailAccounts:verify': 'account',
  'mailAttachments:download': 'attachment',
  'mailCounters:get': null,
  'mailFolders:list': null,
  'mailHealth:diagnostics': null,
  'mailHealth:get': null,
  'mailLabels:list': null,
  'mailMessages:access': 'message',
  'mailMessages:body': 'message',
  'mailMessages:get': 'message',
  'mailMessages:list': null,
  'mailMessages:organise': 'message',
  'mailOAuth:adminConsent': null,
  'mailOAuth:callback': null,
  'mailOAuth:dismiss': null,
  'mailOAuth:options': null,
  'mailOAuth:pending': null,
  'mailOAuth:start': null,
  'mailPreferences:get': null,
  'mailPreferences:save': null,
  'mailProviders:check': null,
  'mailProviders:get': null,
  'mailProviders:list': null,
  'mailProviders:update': null,
  'mailThreads:get': 'thread',
  'mailThreads:list': null,
};

/**
 * Actions whose answer may name a stranger's mailbox to some readers: the table of accounts for administrators shows
 * owner and address, by its own right, and no mail.
 */
export const NAMES_MAILBOXES: ReadonlySet<string> = new Set(['mailAccounts:adminList']);

/**
 * Settings of the installation, not of anybody's mail: called, they would change what later tests rely on. A person's
 * preferences are found by who calls, never by what the call names; each call of theirs writes the caller's own row.
 */
const SETTINGS = new Set([
  'mailProviders:check',
  'mailProviders:update',
  'mailPreferences:update',
  'mailOAuth:adminConsent',
  'mailOAuth:start',
]);

interface Resources {
  getRegisteredHandlers(): Map<string, unknown>;
  resources: Map<string, { options?: { actions?: Record<string, unknown> } }>;
}

/** Names of the actions that the running application serves for us, `resource:action`. */
export function servedActions(world: LeakWorld): string[] {
  const manager = world.app.resourceManager as unknown as Resources;
  const served = new Set([...manager.getRegisteredHandlers().keys()].filter((name) => /^mail[A-Z]\w*:/.test(name)));
  for (const [name, resource] of manager.resources) {
    if (!/^mail[A-Z]\w*$/.test(name)) continue;
    for (const [action, handler] of Object.entries(resource.options?.actions ?? {})) {
      if (handler !== manager.getRegisteredHandlers().get(action)) served.add(`${name}:${action}`);
    }
  }
  return [...served].sort();
}

/** Every action of ours, read and posted, aimed at one mailbox. */
export function ownActionsAt(box: Mailbox): Path[] {
  return Object.entries(OWN_ACTIONS).flatMap(([name, aim]) => {
    if (SETTINGS.has(name) || NAMES_MAILBOXES.has(name)) return [];
    const rows = `accountId=${box.account}&threadId=${box.thread}&folderId=${box.folder}&labelId=${box.label}`;
    const row = aim === null ? '' : `filterByTk=${box[aim]}`;
    const body = {
      id: box.account,
      accountId: box.account,
      ids: [box.message],
      threadIds: [box.thread],
      op: 'trash',
      senderName: 'stolen',
      // Whoever calls it: it must not even be taken by somebody who exists.
      userId: '1',
    };
    const url = (query: string) => (query ? `${name}?${query}` : name);
    return [
      { name: `GET ${url(row)}`, method: 'GET', url: url(row) },
      { name: `GET ${url(rows)}`, method: 'GET', url: `${name}?${row}&${rows}` },
      { name: `GET ${name} by search`, method: 'GET', url: `${name}?${row}&q=mark` },
      { name: `POST ${url(row)}`, method: 'POST', url: url(row), body },
    ] satisfies Path[];
  });
}
