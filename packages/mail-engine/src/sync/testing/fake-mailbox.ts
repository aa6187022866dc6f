import type { ChangeEvent } from '../../model/change';
import type { StateEffect } from '../../model/operation';
import { settleTestPlaces } from './messages';

export interface FakeMessage {
  readonly remoteId: string;
  readonly threadRemoteId: string;
  readonly receivedAt: number;
  readonly subject: string;
  readonly places: Set<string>;
  isRead: boolean;
  isStarred: boolean;
  readonly draftRemoteId: string | null;
}

/** A mailbox at a provider shaped like Gmail: messages, labels, and a history of what happened to them. */
export class FakeMailbox {
  readonly messages = new Map<string, FakeMessage>();
  readonly labels = new Map<string, string>([
    ['L1', 'Label L1'],
    ['L2', 'Label L2'],
    ['L3', 'Label L3'],
  ]);
  readonly history: ChangeEvent[] = [];
  /** Cursors below this have expired. */
  floor = 0;
  #seq = 100;
  #ids = 0;
  #drafts = 0;

  get head(): number {
    return this.#seq;
  }

  deliver(receivedAt: number, over: { thread?: string; places?: readonly string[]; isRead?: boolean } = {}): string {
    const remoteId = `m${(++this.#ids).toString(16).padStart(6, '0')}`;
    const threadRemoteId = over.thread ?? `t${remoteId}`;
    this.#add(remoteId, threadRemoteId, receivedAt, over.places ?? ['INBOX'], over.isRead ?? false, null);
    return remoteId;
  }

  /** Saves a draft as Gmail does: every save is a new message, and the old one is gone. */
  saveDraft(receivedAt: number, draftRemoteId: string = `r${++this.#drafts}`): string {
    const before = [...this.messages.values()].find((message) => message.draftRemoteId === draftRemoteId);
    if (before) this.destroy(before.remoteId);
    const remoteId = `m${(++this.#ids).toString(16).padStart(6, '0')}`;
    this.#add(remoteId, before?.threadRemoteId ?? `t${remoteId}`, receivedAt, ['DRAFT'], true, draftRemoteId);
    return remoteId;
  }

  /** Changes flags and places; says so in the history only where something really changed. */
  change(remoteId: string, effect: StateEffect): boolean {
    const message = this.messages.get(remoteId);
    if (!message) return false;
    const before = new Set(message.places);
    for (const place of effect.remove ?? []) message.places.delete(place);
    for (const place of effect.add ?? []) message.places.add(place);
    const settled = settleTestPlaces(message.places);
    message.places.clear();
    for (const place of settled) message.places.add(place);
    const added = [...settled].filter((place) => !before.has(place));
    const removed = [...before].filter((place) => !settled.has(place));
    const isRead = effect.isRead !== undefined && effect.isRead !== message.isRead ? effect.isRead : undefined;
    const isStarred =
      effect.isStarred !== undefined && effect.isStarred !== message.isStarred ? effect.isStarred : undefined;
    if (isRead !== undefined) message.isRead = isRead;
    if (isStarred !== undefined) message.isStarred = isStarred;
    if (added.length + removed.length === 0 && isRead === undefined && isStarred === undefined) return true;
    this.#say({
      kind: 'moved',
      seq: this.#next(),
      remoteId,
      threadRemoteId: message.threadRemoteId,
      added,
      removed,
      ...(isRead === undefined ? {} : { isRead }),
      ...(isStarred === undefined ? {} : { isStarred }),
    });
    return true;
  }

  destroy(remoteId: string): void {
    if (this.messages.delete(remoteId)) this.#say({ kind: 'gone', seq: this.#next(), remoteId });
  }

  createLabel(remoteId: string): void {
    this.labels.set(remoteId, `Label ${remoteId}`);
  }

  renameLabel(remoteId: string, name: string): void {
    if (this.labels.has(remoteId)) this.labels.set(remoteId, name);
  }

  deleteLabel(remoteId: string): void {
    if (!this.labels.delete(remoteId)) return;
    for (const message of this.messages.values()) {
      if (message.places.has(remoteId)) this.change(message.remoteId, { remove: [remoteId] });
    }
  }

  /** Everything that happened until now cannot be asked for any more. */
  expireHistory(): void {
    this.#next();
    this.floor = this.#seq;
  }

  newestFirst(): FakeMessage[] {
    return [...this.messages.values()].sort(
      (a, b) => b.receivedAt - a.receivedAt || (a.remoteId < b.remoteId ? 1 : -1),
    );
  }

  #add(
    remoteId: string,
    threadRemoteId: string,
    receivedAt: number,
    places: readonly string[],
    isRead: boolean,
    draftRemoteId: string | null,
  ): void {
    const settled = settleTestPlaces(new Set(places));
    const subject = `Subject of ${remoteId}`;
    const message = {
      remoteId,
      threadRemoteId,
      receivedAt,
      subject,
      places: settled,
      isRead,
      isStarred: false,
      draftRemoteId,
    };
    this.messages.set(remoteId, message);
    this.#say({ kind: 'present', seq: this.#next(), remoteId, threadRemoteId, isDraft: draftRemoteId !== null });
  }

  #next(): string {
    this.#seq += 1;
    return String(this.#seq);
  }

  #say(event: ChangeEvent): void {
    this.history.push(event);
  }
}
