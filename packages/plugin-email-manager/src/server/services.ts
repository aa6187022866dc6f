import { randomUUID } from 'node:crypto';
import { setMaxListeners } from 'node:events';
import os from 'node:os';
import path from 'node:path';
import type { Context } from '@nocobase/actions';
import type { Application } from '@nocobase/server';
import type { ProviderName } from '../shared/api';
import type { Clock } from '@email-manager/mail-engine/ports/clock';
import type { HttpClient } from '@email-manager/mail-engine/ports/http-client';
import type { Log } from '@email-manager/mail-engine/ports/log';
import type { MailStore } from '@email-manager/mail-engine/ports/mail-store';
import { LeaseKeeper } from '@email-manager/mail-engine/sync/lease';
import { createAccountStore, type AccountRow, type AccountStore } from './accounts/account-store';
import { createAccountViews, type AccountViews } from './accounts/account-views';
import { createConnect, type Connect } from './accounts/connect';
import { createGrants, type Grants } from './accounts/grants';
import { createHandOver, type HandOver } from './accounts/hand-over';
import { createLifecycle, type Lifecycle } from './accounts/lifecycle';
import { createMailboxes, type Mailboxes } from './accounts/mailboxes';
import { createOAuthStates, type OAuthStates } from './accounts/oauth-states';
import { createPreferences, type Preferences } from './accounts/preferences';
import { systemClock } from './clock';
import { loggableError, type ErrorCode } from './errors';
import { createOutboundHttp } from './http-client';
import { noticeNeedsReconnect, noticeSecretEnds } from './integrations/in-app-notice';
import { createOAuthClients, type OAuthClients } from './providers/oauth-clients';
import { createProviderRegistry, type ProviderRegistry } from './providers/registry';
import { createSecretWatch, type SecretWatch } from './providers/secret-watch';
import { createSettingsStore, type SettingsStore } from './providers/settings-store';
import { createRealtime, type Realtime } from './realtime';
import { loadKeyring, type Keyring } from './secrets/keyring';
import { createAccountDeletion } from './stores/account-deletion';
import { createAttachmentStore, type AttachmentStore } from './stores/attachment-store';
import { createBodyStore, type BodyStore } from './stores/body-store';
import { createFolderCounts, type FolderCounts } from './stores/folder-counts';
import { createMailStore } from './stores/mail-store';
import { createMessageLists, type MessageLists } from './stores/message-lists';
import { createOperationStore, type OperationStore } from './stores/operation-store';
import { createRetention } from './stores/retention';
import type { HostDatabase } from './stores/sql';
import { createLeaseStore } from './sync/lease-store';
import { createPresence } from './sync/presence';
import { createProgressReader, type ProgressReader } from './sync/progress';
import { createRateMeter, type RateMeter } from './sync/rate-meter';
import { createRunLog, type RunLog } from './sync/run-log';
import { createWorker, type Worker } from './sync/worker';

/** Everything one instance of the plugin runs on. Made in `load`, ended in `stop`; nothing outlives it. */
export interface Services {
  readonly app: Application;
  readonly clock: Clock;
  /** The plugin's one way out. */
  readonly http: HttpClient;
  readonly log: Log;
  readonly settings: SettingsStore;
  readonly registry: ProviderRegistry;
  readonly clients: OAuthClients;
  readonly secretWatch: SecretWatch;
  readonly states: OAuthStates;
  readonly accounts: AccountStore;
  readonly accountViews: AccountViews;
  readonly grants: Grants;
  readonly connect: Connect;
  readonly lifecycle: Lifecycle;
  readonly handOver: HandOver;
  readonly preferences: Preferences;
  readonly mailboxes: Mailboxes;
  readonly store: MailStore;
  readonly lists: MessageLists;
  readonly folders: FolderCounts;
  readonly bodies: BodyStore;
  readonly attachments: AttachmentStore;
  readonly operations: OperationStore;
  readonly progress: ProgressReader;
  readonly rate: RateMeter;
  readonly runLog: RunLog;
  readonly realtime: Realtime;
  readonly worker: Worker;
  readonly database: 'sqlite' | 'postgres' | 'other';
  readonly versions: { readonly plugin: string; readonly nocobase: string };
  /** Why nothing is synchronised; null when it is. */
  syncRefused(): ErrorCode | null;
  refuseSync(code: ErrorCode | null): void;
  /** Whether the person of this request holds pm.email-manager. */
  managesMail(ctx: Context): boolean;
  stop(): Promise<void>;
}

const SLICES_AT_ONCE = 8;

export function createServices(app: Application, pluginVersion: string): Services {
  const db = app.db;
  const hostDb = db as unknown as HostDatabase;
  const clock = systemClock;
  const random = { next: Math.random };
  const now = () => clock.now();
  const log = createLog(app);
  const ending = new AbortController();
  // Every call under way listens to it; that is no leak, and no reason for a warning in the log.
  setMaxListeners(0, ending.signal);
  const outbound = createOutboundHttp();
  const keyring = lazyKeyring(app);
  let refusal: ErrorCode | null = null;

  const settings = createSettingsStore(db, keyring, (name) => variable(app, name));
  const registry = createProviderRegistry();
  const clients = createOAuthClients({ http: outbound.request, clock, settings, registry });
  const states = createOAuthStates(db, keyring, now);
  const accounts = createAccountStore(db, now);
  const grants = createGrants(db, keyring, now);
  const owner = `${os.hostname().slice(0, 60)}:${process.pid}:${randomUUID().slice(0, 8)}`;
  const mailboxes = createMailboxes({
    http: outbound.request,
    clock,
    random,
    registry,
    clients,
    accounts,
    grants,
    owner,
    signal: ending.signal,
  });
  const store = createMailStore({ db: hostDb, rulesOf: mailboxes.rulesOf });
  const folders = createFolderCounts(hostDb);
  const rate = createRateMeter();
  const measured = (accountId: string) => rate.measured(accountId);
  const allowed = (provider: ProviderName) => registry.of(provider).mail.msPerMessage;
  const progress = createProgressReader(hostDb, { measured, allowed }, now);
  const intervalSeconds = async () => (await settings.general()).syncIntervalSeconds;
  const failed = (error: unknown) => log.warn('Pages could not be told about a change.', loggableError(error));
  const preferences = createPreferences(hostDb, now);
  const realtime = createRealtime({
    accounts,
    preferences,
    folders,
    progress,
    clock,
    failed,
    send: (userId, message) => {
      app.emit('ws:sendToUser', { userId: Number(userId), message });
    },
  });
  const notify = async (account: AccountRow) => {
    try {
      await noticeNeedsReconnect(app, account);
    } catch (error) {
      log.warn('A notice could not be sent.', loggableError(error));
    }
  };
  const stateChanged = (accountId: string) => realtime.stateChanged(accountId);
  const handOver = createHandOver({
    db,
    accounts,
    grants,
    mailboxes,
    log,
    now,
    notify,
    stateChanged,
    signal: ending.signal,
  });
  const lifecycle = createLifecycle({
    accounts,
    grants,
    registry,
    clients,
    settings,
    mailboxes,
    log,
    now,
    notify,
    stateChanged,
    wake: (accountId) => worker.wake(accountId, { urgent: true }),
  });
  const secretWatch = createSecretWatch({
    settings,
    registry,
    now,
    notify: (provider, warning) => noticeSecretEnds(app, provider, warning),
    log,
  });
  const runLog = createRunLog(db);
  const deletion = createAccountDeletion(hostDb);
  const retention = createRetention({ db: hostDb });
  const worker: Worker = createWorker({
    clock,
    random,
    log,
    accounts,
    mailboxes,
    store,
    leases: new LeaseKeeper({ store: createLeaseStore(hostDb), clock, owner }),
    runLog,
    presence: createPresence(() => clock.monotonic()),
    rate,
    intervalSeconds,
    concurrency: SLICES_AT_ONCE,
    onProgress: (accountId) => realtime.changed(accountId),
    onSlice: (accountId, result) => lifecycle.afterSlice(accountId, result),
    deleteSome: async (accountId, stop) => {
      const members = await accounts.memberIds(accountId);
      await deletion.begin(accountId);
      const gone = await deletion.run(accountId, stop);
      if (gone) {
        mailboxes.forget(accountId);
        realtime.gone(accountId, members);
      }
      return gone;
    },
    housekeeping: async (stop) => {
      await secretWatch.run();
      await retention.run(stop);
    },
  });
  const connect = createConnect({
    db,
    settings,
    registry,
    clients,
    states,
    accounts,
    grants,
    now,
    readProfile: (provider, accessToken) => mailboxes.readProfile(provider, accessToken),
    connected: (accountId) => {
      mailboxes.forget(accountId);
      worker.wake(accountId, { urgent: true });
      realtime.stateChanged(accountId);
      return Promise.resolve();
    },
  });

  return {
    app,
    clock,
    http: outbound.request,
    log,
    settings,
    registry,
    clients,
    secretWatch,
    states,
    accounts,
    accountViews: createAccountViews({ db, accounts, grants, registry, progress, folders, now, intervalSeconds }),
    grants,
    connect,
    lifecycle,
    handOver,
    preferences,
    mailboxes,
    store,
    lists: createMessageLists(hostDb),
    folders,
    bodies: createBodyStore(hostDb),
    attachments: createAttachmentStore(hostDb),
    operations: createOperationStore({ db: hostDb, rulesOf: mailboxes.rulesOf }),
    progress,
    rate,
    runLog,
    realtime,
    worker,
    database: db.inDialect('sqlite') ? 'sqlite' : db.inDialect('postgres') ? 'postgres' : 'other',
    versions: { plugin: pluginVersion, nocobase: String(app.getVersion?.() ?? 'unknown') },
    syncRefused: () => refusal,
    refuseSync: (code) => {
      refusal = code;
    },
    managesMail: (ctx) => {
      const { currentRole, currentRoles } = ctx.state as { currentRole?: string; currentRoles?: string[] };
      const roles = currentRoles ?? (currentRole ? [currentRole] : []);
      return roles.some(
        (role) => role === 'root' || app.acl.getRole(role)?.snippetAllowed('mailProviders:update') === true,
      );
    },
    async stop() {
      if (ending.signal.aborted) return;
      realtime.stop();
      // Slices end first, as stopped ones; cut calls alone would look to them like a provider that does not answer.
      await worker.stop();
      ending.abort();
      await outbound.close();
    },
  };
}

/** NocoBase's logger, with a mark by which the plugin's lines are found. */
function createLog(app: Application): Log {
  const line = (fields: Record<string, unknown> | undefined) => ({ module: 'email-manager', ...fields });
  return {
    info: (message, fields) => void app.logger.info(message, line(fields)),
    warn: (message, fields) => void app.logger.warn(message, line(fields)),
    error: (message, fields) => void app.logger.error(message, line(fields)),
  };
}

/** Keys are read when the first secret is sealed or opened, so that a plugin that nobody configured leaves no file. */
function lazyKeyring(app: Application): () => Keyring {
  let keyring: Keyring | null = null;
  return () => {
    const storage = process.env.STORAGE_PATH ?? path.resolve(process.cwd(), 'storage');
    keyring ??= loadKeyring({
      keys: process.env.EMAIL_MANAGER_KEYS,
      keyFile: path.join(storage, 'apps', app.name, 'email-manager.key'),
    });
    return keyring;
  };
}

/** A variable or secret of NocoBase's environment by name. */
function variable(app: Application, name: string): string | undefined {
  const rendered = app.environment.renderJsonTemplate({ value: `{{$env.${name}}}` }) as { value?: unknown };
  return typeof rendered.value === 'string' && rendered.value !== '' ? rendered.value : undefined;
}
