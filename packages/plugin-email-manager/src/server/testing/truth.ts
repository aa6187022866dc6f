import { settlePlaces } from '@email-manager/mail-engine/providers/gmail/labels';
import { trusted } from '../guard/trusted';
import type { MailApp } from './mail-app';

/** Flags of Gmail that are no places here. */
const FLAGS = new Set(['UNREAD', 'STARRED']);

/** What a message must be here: its places in order, and its flags. */
interface Expected {
  readonly places: string;
  readonly isRead: boolean;
  readonly isStarred: boolean;
}

function gmailTruth(app: MailApp, account: string): Map<string, Expected> {
  const { messages } = app.google.control.truth({ account });
  return new Map(
    Object.entries(messages).map(([remoteId, { labelIds }]) => {
      const places = [...settlePlaces(new Set(labelIds.filter((label) => !FLAGS.has(label))))].sort().join();
      return [remoteId, { places, isRead: !labelIds.includes('UNREAD'), isStarred: labelIds.includes('STARRED') }];
    }),
  );
}

function outlookTruth(app: MailApp, account: string): Map<string, Expected> {
  const { messages } = app.microsoft.control.truth({ account });
  return new Map(
    Object.entries(messages).map(([remoteId, message]) => {
      const categories = message.categories.map((name) => `category:${name}`);
      const places = [message.parentFolderId, ...categories, `tab:${message.inferenceClassification}`].sort().join();
      return [remoteId, { places, isRead: message.isRead, isStarred: message.flagged }];
    }),
  );
}

/** How the rows of a mailbox differ from what its simulated provider holds, id by id, place by place, flag by flag. */
export async function differences(app: MailApp, address: string, accountId: string): Promise<string[]> {
  const isGoogle = app.google.control.accounts().some((account) => account.address === address);
  const truth = isGoogle ? gmailTruth(app, address) : outlookTruth(app, address);
  const found: string[] = [];
  await trusted('test', async () => {
    const places = new Map<string, string>();
    for (const name of ['mailFolders', 'mailLabels']) {
      for (const row of await app.db.getModel(name).findAll({ where: { accountId } })) {
        places.set(String(row.get('id')), String(row.get('remoteId')));
      }
    }
    const placements = new Map<string, Set<string>>();
    for (const row of await app.db.getModel('mailPlacements').findAll({ where: { accountId } })) {
      const key = String(row.get('messageId'));
      placements.set(key, (placements.get(key) ?? new Set()).add(places.get(String(row.get('placeId'))) ?? '?'));
    }
    const rows = await app.db.getModel('mailMessages').findAll({ where: { accountId, goneAt: null } });
    const here = new Set<string>();
    for (const row of rows) {
      const remoteId = String(row.get('remoteId'));
      here.add(remoteId);
      const real = truth.get(remoteId);
      if (!real) {
        found.push(`${remoteId} is here but not at the provider`);
        continue;
      }
      const actual = [...(placements.get(String(row.get('id'))) ?? [])].sort().join();
      if (real.places !== actual) found.push(`${remoteId} is in ${actual} instead of ${real.places}`);
      if (Boolean(row.get('isRead')) !== real.isRead) found.push(`${remoteId} read flag`);
      if (Boolean(row.get('isStarred')) !== real.isStarred) found.push(`${remoteId} star flag`);
    }
    for (const remoteId of truth.keys()) if (!here.has(remoteId)) found.push(`${remoteId} is missing`);
  });
  return found;
}
