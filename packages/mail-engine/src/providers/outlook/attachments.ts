import { arrayField, field, numberField, stringField } from '../../decode';
import { MailError } from '../../errors';
import { fileDisplayName, oneLine } from '../../mime/storable-text';
import type { AttachmentRef } from '../../model/message';
import { bareContentId, clampSize, defaultFileName, isShownInline, MAX_ID } from '../mapping';
import type { GraphCall, GraphClient } from './client';
import { malformed } from './errors';
import { linksOf } from './folders';
import { query } from './links';

/** What a database column for part ids holds; Graph's ids are about 200 characters long. */
const MAX_PART_ID = 250;
const MAX_ATTACHMENTS = 2_000;

/** The content is left out: listing would bring every file along. */
const SELECT = 'id,name,contentType,size,isInline,microsoft.graph.fileAttachment/contentId';

type Kind = 'file' | 'item' | 'reference';

interface RawAttachment {
  readonly id: string;
  readonly kind: Kind;
  readonly name: string;
  readonly mimeType: string;
  readonly sizeBytes: number;
  readonly contentId: string | null;
  readonly declaredInline: boolean;
}

export interface AttachmentPage {
  readonly attachments: readonly RawAttachment[];
  readonly nextPath: string | null;
}

export function attachmentsCall(client: GraphClient, remoteId: string, path?: string): GraphCall<AttachmentPage> {
  return {
    method: 'read',
    verb: 'GET',
    path: path ?? `/me/messages/${encodeURIComponent(remoteId)}/attachments${query({ $select: SELECT })}`,
    decode: (json) => decodePage(client, json),
  };
}

/** Follows the pages of a list of attachments; hardly ever more than one. @throws MailError of any kind */
export async function restOfAttachments(
  client: GraphClient,
  remoteId: string,
  first: AttachmentPage,
): Promise<readonly RawAttachment[]> {
  const all = [...first.attachments];
  for (let next = first.nextPath; next !== null && all.length < MAX_ATTACHMENTS;) {
    const page: AttachmentPage = await client.one(attachmentsCall(client, remoteId, next));
    all.push(...page.attachments);
    next = page.nextPath;
  }
  return all;
}

export function toRef(raw: RawAttachment, html: string | null): AttachmentRef {
  const { kind, contentId, mimeType, declaredInline, name } = raw;
  const fallback = defaultFileName(mimeType);
  // A mail that hangs on another is called by its subject.
  const fileName = kind === 'item' && name !== '' && !/\.eml$/i.test(name) ? `${name.slice(0, 200)}.eml` : name;
  return {
    partId: partIdOf(raw.id),
    fileName: fileDisplayName(oneLine(fileName, 500), fallback),
    mimeType,
    sizeBytes: raw.sizeBytes,
    contentId,
    isInline: kind === 'file' && isShownInline({ contentId, mimeType, declaredInline }, html),
  };
}

function partIdOf(id: string): string {
  return id.length <= MAX_PART_ID ? id : `~${id.slice(1 - MAX_PART_ID)}`;
}

/**
 * The bytes of a file, or of an attached item as a mail in MIME form with whatever hangs on it in turn.
 * @throws MailError refused for a link to a file that is kept elsewhere
 */
export async function openAttachment(
  client: GraphClient,
  remoteId: string,
  partId: string,
): Promise<ReadableStream<Uint8Array>> {
  const id = partId.startsWith('~') ? (await find(client, remoteId, partId))?.id : partId;
  if (id === undefined) throw new MailError('notFound', 'The message no longer has this attachment.');
  const path = `/me/messages/${encodeURIComponent(remoteId)}/attachments/${encodeURIComponent(id)}/$value`;
  try {
    return await client.stream(path);
  } catch (error) {
    if (!(error instanceof MailError) || (error.kind !== 'refused' && error.kind !== 'notFound')) throw error;
    // Graph has no content for what is only a link, and says so in several ways.
    const attachment = await find(client, remoteId, partId);
    if (attachment === null) throw new MailError('notFound', 'The message no longer has this attachment.');
    if (attachment.kind !== 'reference') throw error;
    throw new MailError(
      'refused',
      'This attachment is kept in OneDrive or SharePoint and is only linked from the message; open it in Outlook.',
      { providerCode: 'referenceAttachment', cause: error },
    );
  }
}

async function find(client: GraphClient, remoteId: string, partId: string): Promise<RawAttachment | null> {
  const first = await client.one(attachmentsCall(client, remoteId), 'interactive');
  const all = await restOfAttachments(client, remoteId, first);
  return all.find((attachment) => partIdOf(attachment.id) === partId) ?? null;
}

function decodePage(client: GraphClient, json: unknown): AttachmentPage {
  if (!Array.isArray(field(json, 'value'))) throw malformed('The list of attachments is missing.');
  const attachments = arrayField(json, 'value')
    .slice(0, MAX_ATTACHMENTS)
    .map((entry): RawAttachment => {
      const id = stringField(entry, 'id');
      if (!id) throw malformed('An attachment has no id.');
      const kind = kindOf(stringField(entry, '@odata.type'));
      const declared = oneLine(stringField(entry, 'contentType') ?? '', 255).toLowerCase();
      return {
        id,
        kind,
        name: stringField(entry, 'name') ?? '',
        mimeType: kind === 'item' ? 'message/rfc822' : declared.split(';')[0]?.trim() || 'application/octet-stream',
        sizeBytes: clampSize(numberField(entry, 'size')),
        contentId: bareContentId(oneLine(stringField(entry, 'contentId') ?? '', MAX_ID)),
        declaredInline: field(entry, 'isInline') === true,
      };
    });
  return { attachments, nextPath: linksOf(client, json).nextPath };
}

function kindOf(type: string | null): Kind {
  if (/itemAttachment$/i.test(type ?? '')) return 'item';
  return /referenceAttachment$/i.test(type ?? '') ? 'reference' : 'file';
}
