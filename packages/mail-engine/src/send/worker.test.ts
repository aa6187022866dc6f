import { describe, expect, it } from 'vitest';
import type { MailErrorKind } from '../errors';
import { decide } from './decisions';
import type { SenderAccident } from './testing/fake-sender';
import { sendWorld } from './testing/world';

const MINUTE = 60_000;
const lost = (call: SenderAccident['call'], how: 'before' | 'after'): SenderAccident => ({
  call,
  how,
  kind: 'unavailable',
});

describe('sending one mail', () => {
  it('needs a person although nothing went wrong', async () => {
    const { start, queue, item, mailbox, sender } = sendWorld();
    expect(await start().run(queue('a'))).toMatchObject({ kind: 'settled', state: 'sent' });
    expect(mailbox.timesSent('mark-a')).toBe(1);
    expect(item('a').receipt?.internetMessageId).toMatch(/^<sent-/);
    expect(item('a').history.map(({ kind }) => kind)).toEqual(['claimed', 'draftSaved', 'submitted', 'accepted']);
    expect(sender.calls).toEqual(['saveDraft', 'sendDraft', 'receipt']);
  });

  it('goes out before its time, or after it was cancelled', async () => {
    const { start, queue, clock, store, mailbox } = sendWorld();
    const worker = start();
    const at = clock.now() + 10_000;
    expect(await worker.run(queue('a', { sendAt: at }))).toEqual({ kind: 'later', at });
    expect(await decide({ store, clock }, 'a', { kind: 'cancel' })).toMatchObject({ kind: 'done' });
    clock.advance(20_000);
    expect(await worker.run('a')).toMatchObject({ kind: 'settled', state: 'cancelled' });
    expect(mailbox.left).toEqual([]);
  });

  it.each([
    ['the answer is lost although it was sent', lost('sendDraft', 'after'), 1],
    ['the call never arrived', lost('sendDraft', 'before'), 2],
    ['the answer is garbage although it was sent', { call: 'sendDraft', how: 'after', kind: 'malformed' } as const, 1],
  ])('is doubled or lost when %s', async (_what, accident, submitted) => {
    const { start, queue, item, mailbox, sender } = sendWorld();
    sender.accidents = [accident];
    sender.copyLagMs = 20_000;
    await start().run(queue('a'));
    expect(item('a').state).toBe('sent');
    expect(mailbox.timesSent('mark-a')).toBe(1);
    expect(item('a').history.filter(({ kind }) => kind === 'submitted')).toHaveLength(submitted);
  });

  it('is sent again while its draft may still be on its way out', async () => {
    // The first worker's call lies in the network for ten minutes; it is believed dead long before.
    const { start, queue, item, mailbox, sender, clock } = sendWorld();
    sender.accidents = [{ call: 'sendDraft', how: 'stall', kind: 'unavailable', stallMs: 10 * MINUTE }];
    const slow = start();
    const stop = slow.context.store.renew;
    slow.context.store.renew = () => Promise.resolve(false);
    const running = slow.run(queue('a'));
    await clock.sleep(5_000);
    const other = start();
    while (item('a').state !== 'sent') {
      await other.run('a');
      await clock.sleep(10_000);
    }
    await running;
    slow.context.store.renew = stop;
    expect(mailbox.left).toEqual(['mark-a']);
  });

  it.each<[MailErrorKind, string]>([
    ['needsReauth', 'held'],
    ['scopeMissing', 'held'],
    ['throttled', 'queued'],
    ['apiDisabled', 'queued'],
    ['refused', 'failed'],
  ])('that is answered with %s ends as something else than %s', async (kind, state) => {
    for (const call of ['saveDraft', 'sendDraft'] as const) {
      const { start, queue, item, mailbox, sender } = sendWorld();
      sender.accidents = [{ call, how: 'before', kind }];
      await start().run(queue('a'));
      expect(item('a')).toMatchObject({ state, submits: 0, owner: null });
      expect(item('a').error?.code).toMatch(/^[A-Z_]+$/);
      expect(mailbox.left).toEqual([]);
    }
  });

  it('stays held after the mailbox is connected again', async () => {
    const { start, queue, item, mailbox, sender, store, clock } = sendWorld();
    sender.accidents = [{ call: 'sendDraft', how: 'before', kind: 'needsReauth' }];
    const worker = start();
    await worker.run(queue('a'));
    expect(await worker.run('a')).toEqual({ kind: 'waiting', state: 'held' });
    await decide({ store, clock }, 'a', { kind: 'release' });
    await worker.run('a');
    expect(item('a').state).toBe('sent');
    expect(mailbox.left).toEqual(['mark-a']);
  });

  it('makes a second draft after the answer to the first was lost', async () => {
    const { start, queue, item, mailbox, sender, clock } = sendWorld();
    sender.accidents = [lost('saveDraft', 'after')];
    const worker = start();
    await worker.run(queue('a'));
    expect(item('a').state).toBe('queued');
    clock.advance(MINUTE);
    await worker.run('a');
    expect(item('a').state).toBe('sent');
    expect(mailbox.left).toEqual(['mark-a']);
    // The draft whose answer was lost is found by its mark and taken.
    expect(item('a').draft?.draftRemoteId).toBe('draft-1');
    expect(mailbox.drafts.size).toBe(0);
  });

  it('calls the draft sent that a person deleted before it was handed over', async () => {
    const { start, queue, item, mailbox, sender } = sendWorld();
    const save = sender.saveDraft.bind(sender);
    let first = true;
    sender.saveDraft = async (message, draft) => {
      const saved = await save(message, draft);
      if (first) mailbox.deleteDraftsOf('mark-a');
      first = false;
      return saved;
    };
    await start().run(queue('a'));
    expect(item('a').state).toBe('sent');
    expect(mailbox.left).toEqual(['mark-a']);
  });

  it('guesses when the sent copy was taken away', async () => {
    const { start, queue, item, mailbox, sender, store, clock } = sendWorld();
    sender.accidents = [lost('sendDraft', 'after')];
    sender.copyLagMs = 1_000;
    const running = start().run(queue('a'));
    await clock.sleep(600);
    mailbox.deleteCopiesOf('mark-a');
    await running;
    expect(mailbox.timesSent('mark-a')).toBe(1);
    expect(item('a')).toMatchObject({ state: 'uncertain', needsPerson: true, error: { code: 'SEND_UNCERTAIN' } });
    expect(item('a').history.at(-1)?.kind).toBe('undecided');
    expect(await start().run('a')).toEqual({ kind: 'waiting', state: 'uncertain' });
    expect(await decide({ store, clock }, 'a', { kind: 'confirm' })).toMatchObject({ item: { state: 'sent' } });
  });

  it('goes out a second time by "send again" although the copy turned up', async () => {
    const { start, queue, item, mailbox, sender, store, clock } = sendWorld();
    sender.accidents = [lost('sendDraft', 'after')];
    sender.copyLagMs = 10 * MINUTE;
    await start().run(queue('a'));
    expect(item('a').needsPerson).toBe(true);
    clock.advance(20 * MINUTE);
    await decide({ store, clock }, 'a', { kind: 'sendAgain' });
    await start().run('a');
    expect(item('a').state).toBe('sent');
    expect(mailbox.left).toEqual(['mark-a']);
  });

  it('may be sent again by a person while it is still looked for', async () => {
    const { start, queue, item, sender, store, clock } = sendWorld();
    sender.accidents = [lost('sendDraft', 'after')];
    sender.copyLagMs = 30_000;
    const running = start().run(queue('a'));
    await clock.sleep(1_500);
    expect(item('a').state).toBe('uncertain');
    expect(await decide({ store, clock }, 'a', { kind: 'sendAgain' })).toMatchObject({ kind: 'tooLate' });
    await running;
    expect(item('a').state).toBe('sent');
  });

  it('is handed over for ever to a provider that never sends it', async () => {
    const { queue, item, mailbox, sender, settle } = sendWorld();
    sender.accidents = Array.from({ length: 20 }, () => lost('sendDraft', 'before'));
    queue('a');
    await settle();
    expect(item('a')).toMatchObject({ state: 'failed', error: { code: 'SEND_NOT_EXECUTED' }, submits: 8 });
    expect(mailbox.left).toEqual([]);
    expect(mailbox.drafts.size).toBe(1);
  });

  it('loses an accepted mail to a database that is busy for a moment', async () => {
    const { start, queue, item, sender, store, mailbox } = sendWorld();
    const send = sender.sendDraft.bind(sender);
    sender.sendDraft = async (draft) => {
      const outcome = await send(draft);
      store.failWrites = 2;
      return outcome;
    };
    await start().run(queue('a'));
    expect(item('a').state).toBe('sent');
    expect(mailbox.left).toEqual(['mark-a']);
  });

  it('exceeds the limits of the mailbox', async () => {
    const { queue, sender, settle, store } = sendWorld();
    Object.assign(sender, { sendLimits: { ...sender.sendLimits, messagesPerMinute: 3, messagesPerDay: 8 } });
    for (let n = 0; n < 12; n++) queue(`m${n}`);
    await settle();
    const times = store.submissions;
    expect(times).toHaveLength(12);
    const within = (ms: number) => Math.max(...times.map((at) => times.filter((t) => t >= at && t < at + ms).length));
    expect(within(MINUTE)).toBe(3);
    expect(within(24 * 60 * MINUTE)).toBe(8);
  });
});
