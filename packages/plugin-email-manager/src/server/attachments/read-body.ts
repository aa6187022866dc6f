import { MailError } from '@email-manager/mail-engine/errors';
import { SANITISER_VERSION, sanitiseHtml } from '@email-manager/mail-engine/mime/html';
import type { MessageBody } from '../../shared/api';
import { MailApiError } from '../errors';
import type { Services } from '../services';

/**
 * A message's body for a page: fetched from the provider when it is not here yet, sanitised when it is read, and the
 * sanitised form cached by the sanitiser's version. The raw HTML never leaves the server.
 */
export async function readBody(
  services: Services,
  visibleAccountIds: readonly string[],
  messageId: string,
): Promise<MessageBody> {
  let body = await services.bodies.read(visibleAccountIds, messageId);
  if (!body) throw new MailApiError('MESSAGE_NOT_FOUND');
  if (!body.isStored) {
    await fetchBody(services, body.accountId, messageId, body.remoteId);
    body = await services.bodies.read(visibleAccountIds, messageId);
    if (!body) throw new MailApiError('MESSAGE_NOT_FOUND');
  }
  if (body.html === null || body.html.trim() === '') return { html: null, text: body.text, hasRemoteContent: false };
  if (body.safeVersion === SANITISER_VERSION) {
    return { html: body.safeHtml, text: body.text, hasRemoteContent: body.hasRemoteContent };
  }
  const { html, hasRemoteContent } = sanitiseHtml(body.html);
  await services.bodies.cacheSafe(body, { html, version: SANITISER_VERSION, hasRemoteContent });
  return { html, text: body.text, hasRemoteContent };
}

async function fetchBody(services: Services, accountId: string, messageId: string, remoteId: string): Promise<void> {
  const provider = await services.mailboxes.forPeople(accountId);
  try {
    const outcomes = await provider.fetch([{ remoteId, threadRemoteId: '' }]);
    const outcome = outcomes.find((candidate) => candidate.remoteId === remoteId);
    if (outcome?.kind === 'failed') throw outcome.error;
    if (outcome?.kind !== 'message') throw new MailApiError('MESSAGE_NOT_FOUND');
    await services.bodies.save(messageId, outcome.message.body, outcome.message.attachments);
  } catch (error) {
    // A slice meets the same error and draws the conclusion for the account.
    if (error instanceof MailError && error.kind === 'needsReauth') services.worker.wake(accountId, { urgent: true });
    throw error;
  }
}
