import { MailError, type MailErrorKind } from '../../errors';
import type { DraftRef, OutgoingMessage, SentReceipt } from '../../model/outgoing';
import type { Clock } from '../../ports/clock';
import type { DraftState, MailSender, SendLimits, SendOutcome } from '../../providers/provider';

export type SenderCall =
  'saveDraft' | 'findDrafts' | 'sendDraft' | 'draftState' | 'findSent' | 'receipt' | 'deleteDraft';

/**
 * `before`: it fails and nothing was done. `after`: it was done and the answer is lost. `stall`: the request lies on its
 * way so long that everybody else has gone on, and is done then.
 */
export interface SenderAccident {
  readonly call: SenderCall;
  readonly how: 'before' | 'after' | 'stall';
  readonly kind: MailErrorKind;
  readonly stallMs?: number;
}

interface Draft {
  readonly marker: string | null;
  readonly threadRemoteId: string;
}

interface Sent {
  readonly remoteId: string;
  readonly marker: string | null;
  readonly at: number;
}

/** What the provider's mailbox really holds, and every mail that ever left it. */
export class FakeMailbox {
  readonly drafts = new Map<string, Draft>();
  sent: Sent[] = [];
  /** Markers of everything that ever left, also when the copy is deleted. */
  readonly left: (string | null)[] = [];
  /** Markers whose draft or copy a person took away. */
  readonly tampered = new Set<string>();
  #ids = 0;

  nextId(what: string): string {
    this.#ids += 1;
    return `${what}-${this.#ids}`;
  }

  timesSent(marker: string): number {
    return this.left.filter((other) => other === marker).length;
  }

  deleteDraftsOf(marker: string): void {
    for (const [id, draft] of this.drafts) {
      if (draft.marker !== marker) continue;
      this.drafts.delete(id);
      this.tampered.add(marker);
    }
  }

  deleteCopiesOf(marker: string): void {
    if (this.sent.some((copy) => copy.marker === marker)) this.tampered.add(marker);
    this.sent = this.sent.filter((copy) => copy.marker !== marker);
  }
}

/** A provider over a FakeMailbox on a virtual clock, with accidents and with sent copies that show up late. */
export class FakeSender implements MailSender {
  readonly sendLimits: SendLimits = {
    maxMessageBytes: 1_000_000,
    maxRecipients: 100,
    messagesPerMinute: null,
    messagesPerDay: null,
    recipientsPerDay: null,
    internationalLocalParts: false,
    lookAgainMs: [2_000, 5_000, 15_000, 60_000],
  };
  accidents: SenderAccident[] = [];
  copyLagMs = 0;
  /** What was asked, in order. */
  readonly calls: string[] = [];

  constructor(
    private readonly clock: Clock,
    readonly mailbox: FakeMailbox,
    private readonly latencyMs = 120,
  ) {}

  async identities(): Promise<readonly never[]> {
    return [];
  }

  saveDraft(message: OutgoingMessage, draft: DraftRef | null): Promise<DraftRef> {
    return this.#call('saveDraft', () => {
      const { drafts } = this.mailbox;
      if (draft !== null && !drafts.has(draft.draftRemoteId))
        throw new MailError('notFound', 'There is no such draft.');
      const id = draft?.draftRemoteId ?? this.mailbox.nextId('draft');
      drafts.set(id, { marker: message.markerId, threadRemoteId: message.threadRemoteId ?? 'thread' });
      return this.#ref(id);
    });
  }

  deleteDraft(draft: DraftRef): Promise<void> {
    return this.#call('deleteDraft', () => void this.mailbox.drafts.delete(draft.draftRemoteId));
  }

  findDrafts(markerId: string): Promise<readonly DraftRef[]> {
    return this.#call('findDrafts', () =>
      [...this.mailbox.drafts].flatMap(([id, { marker }]) => (marker === markerId ? [this.#ref(id)] : [])),
    );
  }

  async sendDraft(ref: DraftRef): Promise<SendOutcome> {
    try {
      return await this.#call('sendDraft', (): SendOutcome => {
        const draft = this.mailbox.drafts.get(ref.draftRemoteId);
        if (!draft) return { kind: 'noDraft', error: new MailError('notFound', 'There is no such draft.') };
        this.mailbox.drafts.delete(ref.draftRemoteId);
        const remoteId = this.mailbox.nextId('sent');
        this.mailbox.sent.unshift({ remoteId, marker: draft.marker, at: this.clock.monotonic() });
        this.mailbox.left.push(draft.marker);
        const receipt = { remoteId, threadRemoteId: draft.threadRemoteId, internetMessageId: null };
        return { kind: 'accepted', receipt };
      });
    } catch (error) {
      if (!(error instanceof MailError)) throw error;
      if (error.kind === 'unavailable' || error.kind === 'malformed') return { kind: 'lost', error };
      return error.kind === 'refused' ? { kind: 'refused', error } : { kind: 'notNow', error };
    }
  }

  draftState(draft: DraftRef): Promise<DraftState> {
    return this.#call('draftState', () => ({
      kind: this.mailbox.drafts.has(draft.draftRemoteId) ? 'present' : 'gone',
    }));
  }

  findSent(markerId: string): Promise<SentReceipt | null> {
    return this.#call('findSent', () => {
      // The provider's own time: a clock of ours that jumps does not move it.
      const shown = this.clock.monotonic() - this.copyLagMs;
      const copy = this.mailbox.sent.find(({ marker, at }) => marker === markerId && at <= shown);
      return copy ? { remoteId: copy.remoteId, threadRemoteId: 'thread', internetMessageId: null } : null;
    });
  }

  receipt(sent: SentReceipt): Promise<SentReceipt> {
    return this.#call('receipt', () => ({ ...sent, internetMessageId: `<${sent.remoteId}@mail.test>` }));
  }

  #ref(id: string): DraftRef {
    return { draftRemoteId: id, remoteId: `${id}-message`, threadRemoteId: 'thread', internetMessageId: null };
  }

  async #call<T>(call: SenderCall, work: () => T): Promise<T> {
    this.calls.push(call);
    const found = this.accidents.findIndex((accident) => accident.call === call);
    const accident = found < 0 ? null : this.accidents.splice(found, 1)[0];
    await this.clock.sleep(this.latencyMs);
    if (accident?.how === 'stall') await this.clock.sleep(accident.stallMs ?? 300_000);
    if (accident?.how === 'before') throw this.#error(accident.kind);
    const result = work();
    await this.clock.sleep(this.latencyMs);
    // Only an answer that proves nothing can come after the work.
    if (accident?.how === 'after') throw this.#error(accident.kind === 'malformed' ? 'malformed' : 'unavailable');
    return result;
  }

  #error(kind: MailErrorKind): MailError {
    return new MailError(kind, 'An accident.', { notBefore: kind === 'throttled' ? this.clock.now() + 20_000 : null });
  }
}
