import type { OrganiseOp } from '../../model/operation';
import type { MailProvider } from '../../providers/provider';
import type { SliceResult, SliceSettings } from '../runner';
import type { InMemoryStore } from './in-memory-store';
import type { MessageRow } from './snapshot';
import type { TruthOptions } from './truth';
import type { VirtualClock } from './virtual-clock';
import type { SyncNode } from './world';

export interface WorldOptions {
  readonly messages?: number;
  /** How far back messages are fetched; null fetches the whole mailbox. 90 by default. */
  readonly syncFromDays?: number | null;
}

/** How an answer is damaged on its way; `status` is a 503 before the work, `statusAfterWork` one after it. */
export type Damage = 'status' | 'statusAfterWork' | 'malformed' | 'cut' | 'drop' | 'reset';

/** What happens to a mailbox at its provider, in words that both providers know. Counts choose the newest of the inbox. */
export interface MailboxEvents {
  newMail(count?: number): readonly string[];
  /** An answer in a conversation of the inbox. */
  reply(): string;
  markRead(ids: readonly string[]): void;
  markUnread(ids: readonly string[]): void;
  star(ids: readonly string[]): void;
  archive(ids: readonly string[]): void;
  trash(ids: readonly string[]): void;
  deleteForever(ids: readonly string[]): void;
  /** Away from the inbox into another place and back, between two looks. */
  moveThereAndBack(ids: readonly string[]): void;
  /** Into a place of this name, which is made when it does not exist; gives its id. */
  moveTo(ids: readonly string[], name: string): string;
  renamePlace(placeId: string, name: string): void;
  /** The messages in it are not deleted for good by this. */
  deletePlace(placeId: string): void;
  /** A draft is written, or this one again; gives what to write it again by. */
  saveDraft(text: string, again?: string): string;
  /** Ids of messages in the inbox, newest first. */
  inbox(): readonly string[];
  /** The change feed forgets everything that was given out. */
  expireFeed(): void;
  throttle(seconds: number): void;
  /** Uses up nearly all of the mailbox's quota. */
  burst(): void;
  /** Every get of this message fails for ever. */
  poison(remoteId: string, how: 'status' | 'malformed'): void;
  /** Lists show it, gets do not find it. */
  ghost(remoteId: string): void;
  /** Each kind of call is damaged once in each of these ways. */
  damageEveryCall(ways: readonly Damage[]): void;
  /** Pages repeat entries of the page before and come in another order, from now on. */
  shufflePages(): void;
  clearAccidents(): void;
  specimenNames(): readonly string[];
  /** `broken` when the provider's own answer is broken, so that the message may end in quarantine. */
  deliverSpecimen(name: string): { readonly id: string; readonly broken: boolean };
}

/** A real provider over its simulator, without sockets and on virtual time, with a store and one node. */
export interface ProviderWorld {
  readonly clock: VirtualClock;
  readonly provider: MailProvider;
  readonly store: InMemoryStore;
  readonly settings: { -readonly [K in keyof SliceSettings]: SliceSettings[K] };
  readonly node: SyncNode;
  nodeNamed(owner: string): SyncNode;
  readonly there: MailboxEvents;
  /** Ids of the mailbox at the provider. */
  ids(): string[];
  settle(maxSlices?: number): Promise<SliceResult>;
  /** A person's click on a message that is here. */
  click(remoteId: string, op: OrganiseOp, place?: string | null): void;
  row(remoteId: string): MessageRow | undefined;
  /** What is wrong with the rows; see differences. */
  wrong(over?: Partial<TruthOptions>): string[];
}

export type MakeWorld = (options?: WorldOptions) => ProviderWorld;
