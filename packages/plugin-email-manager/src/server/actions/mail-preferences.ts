import { z } from 'zod';
import type { Services } from '../services';
import { action, input, userId, values, type ActionHandler } from './action';

const changeSchema = z.strictObject({
  badge: z.enum(['primary', 'all']).optional(),
  tab: z.enum(['primary', 'other']).optional(),
});

/**
 * `mailPreferences:get|save`: of the person who asks, and of nobody else. Not `update`, for which NocoBase demands the key
 * of a row.
 */
export function mailPreferences(services: Services): Record<string, ActionHandler> {
  const { preferences, realtime, log } = services;
  return {
    get: action(log, 'mailPreferences:get', async (ctx) => ({ data: await preferences.of(userId(ctx)) })),

    save: action(log, 'mailPreferences:save', async (ctx) => {
      const user = userId(ctx);
      const change = input(changeSchema, values(ctx));
      const data = await preferences.change(user, change);
      if (change.badge !== undefined) await realtime.countersChanged(user);
      return { data };
    }),
  };
}
