import type { Envelope, HydratedMessage } from '../../model/message';
import type { Places, SettlePlaces } from '../../model/place';

/** A whole message with unremarkable content; `over` changes its envelope. */
export function testMessage(remoteId: string, over: Partial<Envelope> = {}): HydratedMessage {
  const address = { name: 'Ann Archer', address: 'Ann@example.org' };
  return {
    envelope: {
      remoteId,
      threadRemoteId: `t-${remoteId}`,
      places: ['INBOX'],
      isRead: false,
      isStarred: false,
      isDraft: false,
      internetMessageId: `<${remoteId}@example.org>`,
      inReplyTo: null,
      references: [],
      subject: `Subject of ${remoteId}`,
      snippet: 'A snippet',
      from: address,
      to: [{ name: '', address: 'ben@example.org' }],
      cc: [],
      bcc: [],
      replyTo: [],
      sentAt: Date.UTC(2026, 9, 1),
      receivedAt: Date.UTC(2026, 9, 1),
      sizeBytes: 2048,
      hasAttachments: false,
      draftRemoteId: null,
      ...over,
    },
    body: { html: '<p>Hello</p>', text: 'Hello' },
    attachments: [],
  };
}

const FOLDERS = ['INBOX', 'SENT', 'DRAFT', 'SPAM', 'TRASH', 'ARCHIVE'] as const;
const ROLES = ['inbox', 'sent', 'drafts', 'spam', 'trash', 'archive'] as const;

/** The places of a mailbox shaped like Gmail's: six folders and these labels. */
export function testPlaces(labels: readonly string[] = ['L1', 'L2', 'L3']): Places {
  return {
    folders: FOLDERS.map((remoteId, index) => ({
      remoteId,
      name: remoteId,
      role: ROLES[index] ?? 'other',
      parentRemoteId: null,
    })),
    labels: labels.map((remoteId) => ({
      remoteId,
      name: `Label ${remoteId}`,
      kind: 'user',
      textColor: null,
      backgroundColor: null,
    })),
  };
}

/** Gmail's rule: what is in no folder is in the archive, and what is in one is not. */
export const settleTestPlaces: SettlePlaces = (places) => {
  const settled = new Set(places);
  settled.delete('ARCHIVE');
  if (!FOLDERS.some((folder) => settled.has(folder))) settled.add('ARCHIVE');
  return settled;
};
