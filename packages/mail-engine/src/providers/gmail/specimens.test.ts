import { deliverMessage } from '@email-manager/provider-simulators/google/mailbox-events';
import { findMailbox } from '@email-manager/provider-simulators/google/state';
import { SPECIMENS } from '@email-manager/provider-simulators/seed/specimens';
import { describe, expect, it } from 'vitest';
import { sanitiseHtml } from '../../mime/html';
import type { HydratedMessage } from '../../model/message';
import type { FetchOutcome } from '../provider';
import { ADDRESS, listAll, simulatedMailbox } from './testing/simulated-mailbox';

/** Delivers specimens among ordinary mail and fetches everything; outcomes by the specimens' names. */
async function fetchSpecimens(
  names: readonly string[],
): Promise<{ of: Map<string, FetchOutcome>; ordinary: FetchOutcome[] }> {
  const { provider, control, simulator } = simulatedMailbox({ quota: { enforced: false } });
  const mailbox = findMailbox(simulator.state, ADDRESS);
  const ids = new Map<string, string>();
  for (const name of names) {
    const specimen = SPECIMENS[name];
    if (!specimen || !mailbox) throw new Error(`There is no specimen ${name}.`);
    const internalDate = specimen.internalDate ?? Date.UTC(2026, 10, 2);
    const { id } = deliverMessage(mailbox, specimen.content, { labels: ['INBOX'], internalDate });
    ids.set(id, name);
    if (specimen.wire) control.accident({ ...specimen.wire, messageId: id, times: null });
  }
  control.newMail({ account: ADDRESS, count: 5 });
  const of = new Map<string, FetchOutcome>();
  const ordinary: FetchOutcome[] = [];
  for (const outcome of await provider.fetch(await listAll(provider))) {
    const name = ids.get(outcome.remoteId);
    if (name === undefined) ordinary.push(outcome);
    else of.set(name, outcome);
  }
  return { of, ordinary };
}

function strings(value: unknown): string[] {
  if (typeof value === 'string') return [value];
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(strings) : [];
}

function messageOf(outcome: FetchOutcome | undefined): HydratedMessage {
  if (outcome?.kind !== 'message') throw new Error(`expected a message, got ${JSON.stringify(outcome)?.slice(0, 300)}`);
  return outcome.message;
}

const LARGE = /40mb/;
const ALL = Object.keys(SPECIMENS);

describe('hostile messages', () => {
  it('are each read, or fail alone, and spoil nothing around them', async () => {
    const names = ALL.filter((name) => !LARGE.test(name));
    const { of, ordinary } = await fetchSpecimens(names);
    expect(ordinary.map((outcome) => outcome.kind)).toEqual(Array(5).fill('message'));
    const failed = names.filter((name) => of.get(name)?.kind !== 'message');
    expect(failed.sort()).toEqual(names.filter((name) => SPECIMENS[name]?.wire).sort());
    for (const name of failed)
      expect(of.get(name), name).toMatchObject({ kind: 'failed', error: { kind: 'malformed' } });
    for (const outcome of of.values()) {
      if (outcome.kind !== 'message') continue;
      const { envelope, attachments } = outcome.message;
      for (const text of strings(outcome.message)) {
        expect(text.includes('\0')).toBe(false);
        expect(/\p{Surrogate}/u.test(text)).toBe(false);
      }
      expect(envelope.subject).not.toMatch(/[\r\n]/);
      expect(Number.isSafeInteger(envelope.receivedAt) && envelope.receivedAt >= 0).toBe(true);
      expect(new Date(envelope.receivedAt).getUTCFullYear()).toBeLessThanOrEqual(9999);
      for (const { fileName, sizeBytes } of attachments) {
        expect(fileName).not.toMatch(/[/\\\u202e]/);
        expect(fileName.length).toBeLessThanOrEqual(255);
        expect(sizeBytes).toBeGreaterThanOrEqual(0);
        expect(sizeBytes).toBeLessThan(2 ** 31);
      }
    }
    expect(messageOf(of.get('recipients-10000')).envelope.cc).toHaveLength(10_000);
    expect(messageOf(of.get('nested-200')).body.text).toContain('In the middle.');
    expect(messageOf(of.get('size-absurd')).body.text).toContain('A specimen.');
    expect(messageOf(of.get('header-duplicates')).envelope.from?.address).toBe('first@specimen.example');
    const safe = sanitiseHtml(messageOf(of.get('html-scripts')).body.html ?? '').html;
    expect(safe).toContain('Still readable.');
    expect(safe.replace(/title="[^"]*"/g, '')).not.toMatch(
      /<script|\son\w+=|javascript:|<iframe|<form|<meta|<base|<svg|expression|position/i,
    );
    expect(sanitiseHtml(messageOf(of.get('html-deep')).body.html ?? '')).toMatchObject({ truncated: true });
  }, 30_000);

  it('of 40 MB are kept: the text is cut and offered whole as an attachment', async () => {
    const { of, ordinary } = await fetchSpecimens(ALL.filter((name) => LARGE.test(name)));
    expect(ordinary.map((outcome) => outcome.kind)).toEqual(Array(5).fill('message'));
    const { body, attachments } = messageOf(of.get('body-40mb'));
    expect(body.text?.length).toBe(4 * 1024 * 1024);
    expect(attachments).toMatchObject([{ mimeType: 'text/plain', fileName: 'text.txt' }]);
    expect(messageOf(of.get('attachment-40mb')).attachments[0]?.sizeBytes).toBe(40 * 1024 * 1024);
  }, 60_000);
});
