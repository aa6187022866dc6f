import type { MicrosoftSimulator } from '@email-manager/provider-simulators/microsoft/simulator';
import { truthEntries } from '@email-manager/provider-simulators/microsoft/graph/truth';
import { findMailbox } from '@email-manager/provider-simulators/microsoft/state';
import type { MailboxEvents } from './provider-world';

const METHODS = [
  'messages.list',
  'messages.get',
  'messages.delta',
  'mailFolders.delta',
  'mailFolders.get',
  'masterCategories.list',
  'attachments.list',
  'me.get',
  'batch',
];

/** What happens to a simulated Outlook mailbox, in the words of the stories that are told to every provider. */
export function outlookEvents({ control, state }: MicrosoftSimulator, account: string): MailboxEvents {
  const chosen = (ids: readonly string[]) => ({ account, ids: [...ids] });
  const folderNamed = (name: string) =>
    Object.entries(control.truth({ account }).folders).find(([, folder]) => folder.displayName === name)?.[0] ?? '';
  const inboxId = () =>
    Object.entries(control.truth({ account }).folders).find(([, folder]) => folder.wellKnownName === 'inbox')?.[0];
  return {
    newMail: (count = 1) => control.newMail({ account, count }),
    reply: () => control.reply({ account }).id,
    markRead: (ids) => void control.markRead(chosen(ids)),
    markUnread: (ids) => void control.markUnread(chosen(ids)),
    star: (ids) => void control.flag(chosen(ids)),
    archive: (ids) => void control.archive(chosen(ids)),
    trash: (ids) => void control.trash(chosen(ids)),
    deleteForever: (ids) => void control.deleteForever(chosen(ids)),
    moveThereAndBack: (ids) => void control.moveThereAndBack(chosen(ids)),
    moveTo(ids, name) {
      control.move({ ...chosen(ids), to: name });
      return folderNamed(name);
    },
    renamePlace: (folder, name) => control.renameFolder({ account, folder, name }),
    deletePlace: (folder) => control.deleteFolder({ account, folder }),
    saveDraft: (text, again) => control.saveDraft({ account, text, ...(again === undefined ? {} : { id: again }) }).id,
    inbox: () => {
      const inbox = inboxId();
      return [...truthEntries(findMailbox(state, account))]
        .filter(([, message]) => message.parentFolderId === inbox)
        .sort(([, a], [, b]) => Date.parse(b.receivedDateTime) - Date.parse(a.receivedDateTime))
        .map(([id]) => id);
    },
    expireFeed: () => control.expireDelta({ account }),
    throttle: (seconds) => void control.throttle({ account, seconds }),
    burst: () => control.quotaBurst({ account, requests: 9_900 }),
    poison: (messageId, how) => void control.poison({ messageId, how }),
    ghost: (messageId) => void control.accident({ kind: 'ghost', method: 'messages.get', messageId, times: null }),
    damageEveryCall(ways) {
      for (const [index, method] of METHODS.entries())
        for (const kind of ways) control.accident({ kind, method, times: 1, skip: index % 2, status: 503 });
    },
    shufflePages() {
      for (const method of ['messages.list', 'messages.delta'])
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
