import type { Context } from '@nocobase/actions';
import { z } from 'zod';
import type { ListFilter, Paging } from '../stores/list-sources';
import { conceal, idSchema, input, values } from './action';

const flag = z
  .union([z.boolean(), z.enum(['true', 'false', '1', '0'])])
  .transform((value) => String(value) === 'true' || value === '1');
const ROLES = ['inbox', 'sent', 'drafts', 'spam', 'trash', 'archive', 'other'] as const;

const schema = z.object({
  accountId: idSchema.optional(),
  folderId: idSchema.optional(),
  labelId: idSchema.optional(),
  folderRole: z.enum(ROLES).optional(),
  tab: z.enum(['primary', 'other']).optional(),
  isRead: flag.optional(),
  isStarred: flag.optional(),
  q: z.string().max(500).optional(),
  threadId: idSchema.optional(),
  pageSize: z.coerce.number().int().min(1).max(200).default(50),
  cursor: z.string().max(2000).optional(),
});

export interface ListInput {
  readonly filter: Omit<ListFilter, 'visibleAccountIds'>;
  readonly threadId: string | undefined;
  readonly paging: Paging;
}

/** The filters of our own lists, from the query or (search words that no log should keep in a URL) from the body. @throws MailApiError INPUT_INVALID naming the field */
export function listInput(ctx: Context): ListInput {
  const { accountId, threadId, pageSize, cursor, q, ...rest } = input(
    schema,
    pick({ ...ctx.action.params, ...values(ctx) }),
  );
  conceal(ctx, ['q']);
  return {
    filter: {
      ...rest,
      ...(accountId === undefined ? {} : { accountIds: [accountId] }),
      ...(q === undefined || q.trim() === '' ? {} : { q: q.trim() }),
    },
    threadId,
    paging: { pageSize, ...(cursor === undefined || cursor === '' ? {} : { cursor }) },
  };
}

function pick(params: Record<string, unknown>): Record<string, unknown> {
  const names = Object.keys(schema.shape);
  return Object.fromEntries(
    names.map((name) => [name, params[name]]).filter(([, value]) => value !== undefined && value !== ''),
  );
}
