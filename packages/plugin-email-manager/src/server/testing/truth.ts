import { settlePlaces } from '@email-manager/mail-engine/providers/gmail/labels';
import { trusted } from '../guard/trusted';
import type { MailApp } from './mail-app';

/** Flags of Gmail that are no places here. */
const FLAGS = new Set(['UNREAD', 'STARRED']);

/** How the rows of a mailbox differ from what the simulated Gmail holds, id by id, place by place, flag by flag. */
export async function differences(app: MailApp, address: string, accountId: string): Promise<string[]> {
  const truth = app.google.control.truth({ account: address }).messages;
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
      const real = truth[remoteId];
      if (!real) {
        found.push(`${remoteId} is here but not at Gmail`);
        continue;
      }
      const expected = [...settlePlaces(new Set(real.labelIds.filter((label) => !FLAGS.has(label))))].sort().join();
      const actual = [...(placements.get(String(row.get('id'))) ?? [])].sort().join();
      if (expected !== actual) found.push(`${remoteId} is in ${actual} instead of ${expected}`);
      if (Boolean(row.get('isRead')) === real.labelIds.includes('UNREAD')) found.push(`${remoteId} read flag`);
      if (Boolean(row.get('isStarred')) !== real.labelIds.includes('STARRED')) found.push(`${remoteId} star flag`);
    }
    for (const remoteId of Object.keys(truth)) if (!here.has(remoteId)) found.push(`${remoteId} is missing`);
  });
  return found;
}
