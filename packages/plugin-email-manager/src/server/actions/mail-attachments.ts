import { Readable } from 'node:stream';
import type { ReadableStream } from 'node:stream/web';
import type { Context, Next } from '@nocobase/actions';
import { MailError } from '@email-manager/mail-engine/errors';
import { downloadHeaders } from '../attachments/download-headers';
import { MailApiError } from '../errors';
import { visibleAccountIds } from '../guard/visibility';
import type { Services } from '../services';
import { answerRefusal, target, type ActionHandler } from './action';

/** `mailAttachments:download`: streamed from the provider, never opened here. */
export function mailAttachments(services: Services): Record<string, ActionHandler> {
  return {
    async download(ctx: Context, next: Next) {
      try {
        const attachment = await services.attachments.read(await visibleAccountIds(ctx as never), target(ctx));
        if (!attachment) throw new MailApiError('ATTACHMENT_NOT_FOUND');
        const provider = await services.mailboxes.forPeople(attachment.accountId);
        const stream = await provider.attachment(attachment.remoteId, attachment.partId);
        ctx.withoutDataWrapping = true;
        // The size that the mail states is not trusted as a length: the answer is chunked.
        ctx.body = Readable.fromWeb(stream as ReadableStream<Uint8Array>);
        ctx.status = 200;
        ctx.set(downloadHeaders(attachment.fileName, attachment.mimeType));
      } catch (error) {
        const missing = error instanceof MailError && error.kind === 'notFound';
        answerRefusal(
          ctx,
          services.log,
          'mailAttachments:download',
          missing ? new MailApiError('ATTACHMENT_NOT_FOUND') : error,
        );
      }
      await next();
    },
  };
}
