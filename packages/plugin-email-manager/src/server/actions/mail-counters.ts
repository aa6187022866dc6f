import type { Services } from '../services';
import { action, userId, type ActionHandler } from './action';

/** `mailCounters:get`: numbers for the icon in the header. */
export function mailCounters(services: Services): Record<string, ActionHandler> {
  return {
    get: action(services.log, 'mailCounters:get', async (ctx) => ({
      data: await services.realtime.counters(userId(ctx)),
    })),
  };
}
