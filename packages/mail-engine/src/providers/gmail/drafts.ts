import { arrayField, field, stringField } from '../../decode';
import type { GmailCall, GmailClient } from './client';
import { malformed } from './errors';

interface DraftPage {
  readonly drafts: readonly (readonly [messageId: string, draftId: string])[];
  readonly nextPageToken: string | null;
}

/**
 * Draft ids by the id of the message that holds the draft now. A message id belongs to one draft for ever (each edit
 * makes a new one), so what was learnt stays true.
 */
export class DraftIds {
  private readonly known = new Map<string, string>();

  constructor(private readonly client: GmailClient) {}

  /** One drafts.list (paged) when a message is unknown; ids that Gmail does not name as drafts are not in the result. */
  async of(messageIds: readonly string[]): Promise<ReadonlyMap<string, string>> {
    if (messageIds.some((id) => !this.known.has(id))) await this.list();
    const found = new Map<string, string>();
    for (const id of messageIds) {
      const draftId = this.known.get(id);
      if (draftId !== undefined) found.set(id, draftId);
    }
    return found;
  }

  private async list(): Promise<void> {
    let pageToken: string | null = null;
    do {
      const page: DraftPage = await this.client.one(draftsCall(pageToken));
      for (const [messageId, draftId] of page.drafts) this.known.set(messageId, draftId);
      pageToken = page.nextPageToken;
    } while (pageToken !== null);
  }
}

function draftsCall(pageToken: string | null): GmailCall<DraftPage> {
  const query = new URLSearchParams({ maxResults: '500', ...(pageToken === null ? {} : { pageToken }) });
  return { method: 'drafts.list', verb: 'GET', path: `/drafts?${query.toString()}`, decode: decodeDrafts };
}

function decodeDrafts(json: unknown): DraftPage {
  if (typeof json !== 'object' || json === null || Array.isArray(json))
    throw malformed('A list of drafts is no object.');
  const drafts = arrayField(json, 'drafts').flatMap((entry) => {
    const draftId = stringField(entry, 'id');
    const messageId = stringField(field(entry, 'message'), 'id');
    return draftId && messageId ? [[messageId, draftId] as const] : [];
  });
  return { drafts, nextPageToken: stringField(json, 'nextPageToken') || null };
}
