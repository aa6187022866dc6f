import type { Application } from '@nocobase/server';
import { VIEW_ALL } from '../guard/visibility';
import type { Services } from '../services';
import type { ActionHandler } from './action';
import { mailAccounts } from './mail-accounts';
import { mailAttachments } from './mail-attachments';
import { mailCounters } from './mail-counters';
import { mailFolders, mailLabels } from './mail-folders';
import { mailHealth } from './mail-health';
import { mailMessages } from './mail-messages';
import { mailOAuth } from './mail-oauth';
import { mailPreferences } from './mail-preferences';
import { mailProviders } from './mail-providers';
import { mailThreads } from './mail-threads';

/** What only holders of the role snippet may call. */
const ADMINISTRATION = ['mailProviders:*', 'mailAccounts:adminList', 'mailAccounts:handOver', 'mailOAuth:adminConsent'];

/** Resources without a collection of their own name. */
const OWN_RESOURCES = new Set(['mailProviders', 'mailOAuth', 'mailCounters', 'mailHealth', 'mailPreferences']);

/** The plugin's HTTP surface. Every action checks visibility itself; these rights only say who may knock. */
export function registerActions(app: Application, services: Services): void {
  const resources: Record<string, Record<string, ActionHandler>> = {
    mailProviders: mailProviders(services),
    mailOAuth: mailOAuth(services),
    mailAccounts: mailAccounts(services),
    mailThreads: mailThreads(services),
    mailMessages: mailMessages(services),
    mailAttachments: mailAttachments(services),
    mailFolders: mailFolders(services),
    mailLabels: mailLabels(services),
    mailCounters: mailCounters(services),
    mailHealth: mailHealth(services),
    mailPreferences: mailPreferences(services),
  };
  app.acl.registerSnippet({ name: 'pm.email-manager', actions: ADMINISTRATION });
  // Named in a role by hand: no wildcard gives it (see the guard), and it opens no action of its own.
  app.acl.registerSnippet({ name: VIEW_ALL, actions: [] });
  for (const [name, actions] of Object.entries(resources)) {
    if (OWN_RESOURCES.has(name)) {
      app.resourceManager.define({ name, actions: actions as never });
    } else {
      app.resourceManager.registerActionHandlers(
        Object.fromEntries(Object.entries(actions).map(([action, handler]) => [`${name}:${action}`, handler])) as never,
      );
    }
    const open = Object.keys(actions).filter(
      (action) => !ADMINISTRATION.includes(`${name}:*`) && !ADMINISTRATION.includes(`${name}:${action}`),
    );
    if (open.length > 0) app.acl.allow(name, open, 'loggedIn');
  }
}
