import type { GoogleSimulator } from '@email-manager/provider-simulators/google/simulator';
import { findMailbox } from '@email-manager/provider-simulators/google/state';
import type { MailboxEvents } from './provider-world';

const METHODS = ['messages.list', 'messages.get', 'threads.get', 'history.list', 'labels.list', 'getProfile', 'batch'];

/** What happens to a simulated Gmail mailbox, in the words of the stories that are told to every provider. */
export function gmailEvents({ control, state }: GoogleSimulator, account: string): MailboxEvents {
  const chosen = (ids: readonly string[]) => ({ account, ids: [...ids] });
  return {
    newMail: (count = 1) => control.newMail({ account, count }),
    reply: () => control.reply({ account }).id,
    markRead: (ids) => void control.markRead(chosen(ids)),
    markUnread: (ids) => void control.markUnread(chosen(ids)),
    star: (ids) => void control.star(chosen(ids)),
    archive: (ids) => void control.archive(chosen(ids)),
    trash: (ids) => void control.changeLabels({ ...chosen(ids), add: ['TRASH'], remove: ['INBOX'] }),
    deleteForever: (ids) => void control.deleteForever(chosen(ids)),
    moveThereAndBack(ids) {
      control.move({ ...chosen(ids), to: 'Elsewhere' });
      control.changeLabels({ ...chosen(ids), add: ['INBOX'], remove: ['Elsewhere'] });
    },
    moveTo(ids, name) {
      control.move({ ...chosen(ids), to: name });
      return findMailbox(state, account).labels.findByName(name)?.id ?? '';
    },
    renamePlace: (id, name) => control.renameLabel({ account, id, name }),
    deletePlace: (id) => control.deleteLabel({ account, id }),
    saveDraft: (text, draftId) =>
      control.saveDraft({ account, text, ...(draftId === undefined ? {} : { draftId }) }).draftId,
    inbox: () => [...findMailbox(state, account).withLabel('INBOX').newestFirst()].map((message) => message.id),
    expireFeed: () => control.expireHistory({ account }),
    throttle: (seconds) => void control.throttle({ account, seconds }),
    burst: () => control.quotaBurst({ account, units: 5_900 }),
    poison: (messageId, how) => void control.poison({ messageId, how }),
    ghost: (messageId) => void control.accident({ kind: 'ghost', messageId, times: null }),
    damageEveryCall(ways) {
      for (const [index, method] of METHODS.entries())
        for (const kind of ways) control.accident({ kind, method, times: 1, skip: index % 2, status: 503 });
    },
    shufflePages() {
      for (const method of ['messages.list', 'history.list'])
        for (const kind of ['duplicatePage', 'reorderPage'] as const) control.accident({ kind, method, times: null });
    },
    clearAccidents: () => control.clearAccidents(),
    specimenNames: () => control.specimenNames(),
    deliverSpecimen: (name) => ({
      id: control.deliverSpecimen({ account, name }).id,
      broken: name.startsWith('json-'),
    }),
  };
}
