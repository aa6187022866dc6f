import { findMailbox } from '@email-manager/provider-simulators/microsoft/state';
import { type MessageTruth, truthEntries } from '@email-manager/provider-simulators/microsoft/graph/truth';
import type { FoldersByRole } from '../../model/place';
import type { OrganiseOp } from '../../model/operation';
import { createOutlookProvider, type OutlookProviderOptions } from '../../providers/outlook/provider';
import {
  ADDRESS,
  simulatedMailbox,
  type SimulatedMailboxOptions,
} from '../../providers/outlook/testing/simulated-mailbox';
import type { SliceSettings } from '../runner';
import { outlookEvents } from './outlook-events';
import { InMemoryStore } from './in-memory-store';
import { differences, type MailboxTruth, type TruthOptions } from './truth';
import { ACCOUNT, settle, SyncNode } from './world';

export { ADDRESS };

const DAY = 24 * 60 * 60_000;

/** The real Outlook provider over the simulated Graph, without sockets and on virtual time, with one node and a store. */
export function outlookWorld(
  options: SimulatedMailboxOptions & {
    readonly syncFromDays?: number | null;
    readonly skipFolders?: readonly ('spam' | 'trash')[];
  } = {},
) {
  const { messages = 60, syncFromDays = 90, skipFolders = [], ...microsoft } = options;
  const simulated = simulatedMailbox({ messages, latencyMs: 80, ...microsoft }, { skipFolders });
  const { clock, mail, simulator } = simulated;
  const { capabilities } = simulated.provider;
  const store = new InMemoryStore({ settlePlaces: capabilities.settlePlaces, splitThreads: true });
  const settings: { -readonly [K in keyof SliceSettings]: SliceSettings[K] } = {
    syncFrom: syncFromDays === null ? null : clock.now() - syncFromDays * DAY,
    placesMaxAgeMs: 0,
  };
  const providerWith = (over: Partial<OutlookProviderOptions>) =>
    createOutlookProvider({ ...simulated.options, ...over });
  let skipped: readonly string[] = skipFolders;
  const nodeNamed = (owner: string, provider = simulated.provider) =>
    new SyncNode({ provider, store, clock, owner, settings: () => settings });
  const node = nodeNamed('node-1');
  const mailbox = () => findMailbox(simulator.state, ADDRESS);

  /** Folders that the copy has: a folder that is left out takes everything below it along. */
  const mirroredFolders = () => {
    const { folders } = mail.truth({ account: ADDRESS });
    const roles: Record<string, string> = { junkemail: 'spam', deleteditems: 'trash' };
    const isOut = (id: string | null): boolean => {
      const folder = id === null ? undefined : folders[id];
      if (!folder) return false;
      return skipped.includes(roles[folder.wellKnownName ?? ''] ?? '') || isOut(folder.parentFolderId);
    };
    return new Map(Object.entries(folders).filter(([id]) => !isOut(id)));
  };

  const truth = (): MailboxTruth => {
    const folders = mirroredFolders();
    return {
      messages: [...truthEntries(mailbox())]
        .filter(([, message]) => folders.has(message.parentFolderId))
        .map(([remoteId, message]) => ({
          remoteId,
          threadRemoteId: message.conversationId,
          ...stateOf(message),
          subject: message.subject,
          receivedAt: Date.parse(message.receivedDateTime),
        })),
      places: [
        ...[...folders].map(([remoteId, folder]) => ({ remoteId, name: folder.displayName })),
        ...['tab:focused', 'tab:other'].map((remoteId) => ({ remoteId, name: '' })),
        // A category is a place as soon as anything names it; only folders are compared by name.
        ...[...truthEntries(mailbox())].flatMap(([, message]) =>
          message.categories.map((name) => ({ remoteId: `category:${name}`, name })),
        ),
      ],
    };
  };

  const roles = (): FoldersByRole =>
    Object.fromEntries(
      [...mirroredFolders()].flatMap(([id, { wellKnownName }]) => {
        const role = wellKnownName === null ? undefined : ROLES[wellKnownName];
        return role === undefined ? [] : [[role, id]];
      }),
    );

  return {
    ...simulated,
    store,
    settings,
    node,
    nodeNamed,
    providerWith,
    account: ADDRESS,
    there: outlookEvents(simulator, ADDRESS),
    ids: () => truth().messages.map((message) => message.remoteId),
    /** From now on the copy leaves these out; the provider has to be made with the same. */
    skip: (roleNames: readonly string[]) => (skipped = roleNames),
    settle: (maxSlices?: number) => settle(node, clock, maxSlices),
    /** A person's click on a message that is here. */
    click: (remoteId: string, op: OrganiseOp, place: string | null = null) => {
      const row = store.snapshot(ACCOUNT).messages.find((message) => message.remoteId === remoteId && !message.hidden);
      if (row) store.operate(ACCOUNT, remoteId, op, simulated.provider.effectOf(op, place, row, roles()), clock.now());
    },
    row: (remoteId: string) => store.snapshot(ACCOUNT).messages.find((message) => message.remoteId === remoteId),
    truth,
    wrong: (over: Partial<TruthOptions> = {}) => {
      const real = mirroredFolders();
      return differences(store.snapshot(ACCOUNT), truth(), {
        settle: capabilities.settlePlaces,
        syncFrom: settings.syncFrom,
        pending: (remoteId) => store.pendingEffects(ACCOUNT, remoteId),
        named: (placeId) => real.has(placeId) || (!placeId.startsWith('category:') && !placeId.startsWith('tab:')),
        ...over,
      });
    },
  };
}

const ROLES: Readonly<Record<string, string>> = {
  inbox: 'inbox',
  sentitems: 'sent',
  drafts: 'drafts',
  junkemail: 'spam',
  deleteditems: 'trash',
  archive: 'archive',
};

/** Flags and places by Outlook's rules, written down once more: the comparison must not lean on what it checks. */
function stateOf(message: MessageTruth) {
  return {
    places: [
      message.parentFolderId,
      ...new Set(message.categories.map((name) => `category:${name}`)),
      `tab:${message.inferenceClassification}`,
    ].sort(),
    isRead: message.isRead,
    isStarred: message.flagged,
    isDraft: message.isDraft,
  };
}
