import { stringField } from '../../decode';
import { MailError } from '../../errors';
import type { FolderRole } from '../../model/place';
import type { PacerPriority } from '../pacer';
import type { Capabilities, MailboxProfile, MailProvider } from '../provider';
import { openAttachment } from './attachments';
import { firstCursor, inBaseline, readChanges } from './changes';
import { type GraphCall, GraphClient, type GraphClientOptions } from './client';
import { malformed } from './errors';
import { checkMessages, fetchMessages } from './fetch';
import { FolderKeeper, readCategories } from './folders';
import { countCall, listMessages } from './list';
import { effectOf, organise, ORGANISE_BATCH } from './organise';
import { impliedLabel, settlePlaces, TABS } from './places';
import { MAX_BATCH, REQUESTS_PER_MINUTE } from './quota';
import { ListedTimes } from './windows';

export interface OutlookProviderOptions extends GraphClientOptions {
  /** `interactive` for a fetch that a person waits for; a sync leaves it out. */
  readonly priority?: PacerPriority;
  /** Folders that this mailbox's copy leaves out, with everything below them. */
  readonly skipFolders?: readonly FolderRole[];
}

/**
 * One message in seven or so has attachments, which are listed by a request of their own; the messages themselves come
 * many in one. For estimates only.
 */
const REQUESTS_PER_MESSAGE = 0.2;

/** The capabilities that hold for every Outlook mailbox. */
export const outlookCapabilities: Capabilities = {
  fetchBatch: 2 * MAX_BATCH,
  // A page of messages uses one of the four slots, a batch of attachment lists up to all; while some travel, others are
  // put together and stored.
  fetchConcurrency: 8,
  organiseBatch: ORGANISE_BATCH,
  settlePlaces,
  impliedLabel,
  listsBesideFetching: true,
  skippableFolders: ['spam', 'trash'],
  unitsPerMessage: REQUESTS_PER_MESSAGE,
  unitsPerMinute: REQUESTS_PER_MINUTE,
};

/** One Outlook mailbox: bound to a token source and to the pacer of its account. */
export function createOutlookProvider(options: OutlookProviderOptions): MailProvider {
  const { clock } = options;
  const client = new GraphClient(options);
  const folders = new FolderKeeper(client, clock, options.skipFolders ?? []);
  const times = new ListedTimes();
  const context = { client, folders, clock, times, priority: options.priority ?? 'bulk' } as const;

  return {
    capabilities: outlookCapabilities,
    async profile(): Promise<MailboxProfile> {
      // Reading the folders also tells an account that has no mailbox: a Microsoft account can well exist without one.
      const [tree, [me, total]] = await Promise.all([
        folders.refresh(),
        client.each<string | number | null>([meCall, countCall(null)], 'live'),
      ]);
      if (!me?.ok) throw me?.error ?? malformed('The profile is missing.');
      return {
        address: String(me.value),
        messagesTotal: total?.ok && typeof total.value === 'number' ? total.value : null,
        cursor: firstCursor(tree, folders.skipped, clock.now()),
      };
    },
    async places() {
      const [tree, categories] = await Promise.all([folders.recent(), readCategories(client)]);
      return { folders: [...tree.folders.values()], labels: [...TABS, ...categories] };
    },
    list: (request) => listMessages(client, folders, times, request),
    fetch: (wanted) =>
      fetchMessages(
        context,
        wanted.map(({ remoteId }) => remoteId),
      ),
    check: (remoteIds) => checkMessages(context, remoteIds),
    changes: (cursor) => readChanges(context, cursor),
    inBaseline,
    effectOf,
    organise: (remoteIds, _op, effect) => organise(client, remoteIds, effect),
    attachment: (remoteId, partId) => openAttachment(client, remoteId, partId),
    async estimate(since) {
      const results = await client.each(since.map(countCall), 'live');
      const failed = results.find((result) => !result.ok);
      if (failed && !failed.ok && failed.error.kind !== 'refused') throw failed.error;
      return results.map((result) => (result.ok ? result.value : null));
    },
  };
}

/** The sign-in name stands in for the address of accounts that have none; both look like one. */
const meCall: GraphCall<string> = {
  method: 'read',
  verb: 'GET',
  path: '/me?$select=id,mail,userPrincipalName',
  decode(json) {
    const address = stringField(json, 'mail') || stringField(json, 'userPrincipalName');
    if (!address) throw new MailError('malformed', 'The profile of this Microsoft account has no address.');
    return address;
  },
};
