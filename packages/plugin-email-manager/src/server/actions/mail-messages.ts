import type { Context } from '@nocobase/actions';
import type { Message, MessageBody } from '../../shared/api';
import { MailApiError } from '../errors';
import { accessReport } from '../guard/access-report';
import { visibleAccountIds } from '../guard/visibility';
import { readBody } from '../attachments/read-body';
import type { Services } from '../services';
import { action, target, type ActionHandler } from './action';
import { withGenericList } from './generic';
import { listInput } from './list-input';
import { organise } from './organise';

/** `mailMessages:list|get|body|organise|access`. */
export function mailMessages(services: Services): Record<string, ActionHandler> {
  const { lists, attachments, log } = services;

  async function withAttachments(visible: readonly string[], messages: readonly Message[]): Promise<Message[]> {
    // All of them: a picture inside a mail is an attachment that `hasAttachments` does not count.
    const ids = messages.map((message) => message.id);
    const found = await attachments.ofMessages(visible, ids);
    return messages.map((message) => ({ ...message, attachments: found.get(message.id) ?? [] }));
  }

  async function one(ctx: Context): Promise<Message> {
    const visible = await visibleAccountIds(ctx as never);
    const message = await lists.message(visible, target(ctx));
    if (!message) throw new MailApiError('MESSAGE_NOT_FOUND');
    const found = await attachments.ofMessages(visible, [message.id]);
    return { ...message, attachments: found.get(message.id) ?? [] };
  }

  return {
    list: withGenericList(
      services,
      action(log, 'mailMessages:list', async (ctx) => {
        const { filter, threadId, paging } = listInput(ctx);
        const visible = await visibleAccountIds(ctx as never);
        const page = await lists.messages({ ...filter, visibleAccountIds: visible, threadId }, paging);
        const data = threadId === undefined ? page.data : await withAttachments(visible, page.data);
        return { data, meta: { nextCursor: page.nextCursor } };
      }),
    ),
    get: withGenericList(
      services,
      action(log, 'mailMessages:get', async (ctx) => ({ data: await one(ctx) })),
    ),
    body: action(log, 'mailMessages:body', async (ctx): Promise<{ data: MessageBody }> => {
      const visible = await visibleAccountIds(ctx as never);
      return { data: await readBody(services, visible, target(ctx)) };
    }),
    organise: action(log, 'mailMessages:organise', async (ctx) => ({ data: await organise(services, ctx) })),
    access: action(log, 'mailMessages:access', async (ctx) => {
      const message = await lists.message(await visibleAccountIds(ctx as never), target(ctx));
      if (!message) throw new MailApiError('MESSAGE_NOT_FOUND');
      return { data: await accessReport(services.app, message.accountId) };
    }),
  };
}
