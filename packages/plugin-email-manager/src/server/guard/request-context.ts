import { inRequest, requestOf, type RequestAccess } from './trusted';

/**
 * koa middleware that carries each request's context through everything it awaits. It has to stand before the body
 * parser: what runs before it, or without any request (sockets, cron, queues, the command line), has no access to mail.
 */
export async function mailRequestContext(ctx: RequestAccess['ctx'], next: () => Promise<unknown>): Promise<void> {
  const request = requestOf(ctx);
  try {
    await inRequest(request, next);
  } finally {
    // Work that the request only started (workflows, queued jobs) must not go on with the person's sight.
    request.ended = true;
  }
}
