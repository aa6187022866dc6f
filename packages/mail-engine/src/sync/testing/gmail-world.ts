import type { GoogleSimulatorOptions } from '@email-manager/provider-simulators/google/simulator';
import { findMailbox } from '@email-manager/provider-simulators/google/state';
import { truthEntries } from '@email-manager/provider-simulators/google/truth';
import type { OrganiseOp } from '../../model/operation';
import { ADDRESS, simulatedMailbox } from '../../providers/gmail/testing/simulated-mailbox';
import type { SliceSettings } from '../runner';
import { gmailEvents } from './gmail-events';
import { InMemoryStore } from './in-memory-store';
import { differences, type MailboxTruth, type TruthOptions } from './truth';
import { ACCOUNT, settle, SyncNode } from './world';

export { ADDRESS };

const DAY = 24 * 60 * 60_000;
const FOLDERS = ['INBOX', 'SENT', 'DRAFT', 'SPAM', 'TRASH'];

/** The real Gmail provider over the simulated Google, without sockets and on virtual time, with one node and a store. */
export function gmailWorld(
  options: GoogleSimulatorOptions & { readonly messages?: number; readonly syncFromDays?: number | null } = {},
) {
  const { messages = 60, syncFromDays = 90, ...google } = options;
  const simulated = simulatedMailbox({
    accounts: [{ address: ADDRESS, messages, profile: 'tiny', seed: 7 }],
    latencyMs: 80,
    ...google,
  });
  const { clock, control, provider, simulator } = simulated;
  const store = new InMemoryStore({ settlePlaces: provider.capabilities.settlePlaces });
  const settings: { -readonly [K in keyof SliceSettings]: SliceSettings[K] } = {
    syncFrom: syncFromDays === null ? null : clock.now() - syncFromDays * DAY,
    placesMaxAgeMs: 0,
  };
  const nodeNamed = (owner: string, over: Partial<{ provider: typeof provider }> = {}) =>
    new SyncNode({ provider, store, clock, owner, settings: () => settings, ...over });
  const node = nodeNamed('node-1');
  const mailbox = () => findMailbox(simulator.state, ADDRESS);

  const truth = (): MailboxTruth => ({
    messages: [...truthEntries(mailbox())].map(([remoteId, message]) => ({
      remoteId,
      threadRemoteId: message.threadId,
      ...stateOf(message.labelIds),
      subject: message.subject,
      receivedAt: message.internalDate,
    })),
    places: [
      ...[...FOLDERS, 'ARCHIVE'].map((remoteId) => ({ remoteId, name: '' })),
      ...Object.entries(control.truth({ account: ADDRESS }).labels).map(([remoteId, name]) => ({ remoteId, name })),
    ],
  });
  return {
    ...simulated,
    store,
    settings,
    node,
    nodeNamed,
    account: ADDRESS,
    there: gmailEvents(simulator, ADDRESS),
    ids: () => [...truthEntries(mailbox())].map(([remoteId]) => remoteId),
    settle: (maxSlices?: number) => settle(node, clock, maxSlices),
    /** A person's click on a message that is here. */
    click: (remoteId: string, op: OrganiseOp, place: string | null = null) => {
      const row = store.snapshot(ACCOUNT).messages.find((message) => message.remoteId === remoteId && !message.hidden);
      if (row) store.operate(ACCOUNT, remoteId, op, provider.effectOf(op, place, row, {}), clock.now());
    },
    row: (remoteId: string) => store.snapshot(ACCOUNT).messages.find((message) => message.remoteId === remoteId),
    wrong: (over: Partial<TruthOptions> = {}) =>
      differences(store.snapshot(ACCOUNT), truth(), {
        settle: provider.capabilities.settlePlaces,
        syncFrom: settings.syncFrom,
        pending: (remoteId) => store.pendingEffects(ACCOUNT, remoteId),
        named: (placeId) => placeId.startsWith('Label_'),
        ...over,
      }),
  };
}

/** Flags and places by Gmail's rules, written down once more: the comparison must not lean on what it checks. */
function stateOf(labelIds: readonly string[]) {
  const places = labelIds.filter((label) => label !== 'UNREAD' && label !== 'STARRED');
  if (!places.some((label) => FOLDERS.includes(label))) places.push('ARCHIVE');
  return {
    places: places.sort(),
    isRead: !labelIds.includes('UNREAD'),
    isStarred: labelIds.includes('STARRED'),
    isDraft: labelIds.includes('DRAFT'),
  };
}
